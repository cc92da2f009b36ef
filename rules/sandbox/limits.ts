/**
 * How much an expression may do and answer. Generous for rules, tight for attacks; those on the result are checked in the sandbox so
 * that a huge answer never reaches the gateway.
 */
import { resultPhrases } from '../phrases/expression.ts'
import { Refusal } from '../phrases/refusal.ts'

/** Nested calls inside JSONata; a rule rarely passes 30. */
export const deepestStack = 400
/** Items in any list that JSONata makes. */
export const longestSequence = 10_000
/** Characters that `$pad` may make. */
export const widestPad = 10_000
/** Characters of all the texts in one result. */
export const longestResult = 262_144
/** Values in one result. */
export const mostItems = 5_000
/** Levels of lists and objects in one result. */
export const deepestResult = 8
/** Bytes of one message from a sandbox process; more means that it is out of control. */
export const largestAnswer = 4 * 1024 * 1024
/** Rule sets whose compiled form a sandbox process keeps. */
export const mostPrograms = 32
/** Lookup tables that a sandbox process keeps; more than one rule set may read. */
export const mostKeptTables = 24

/** The descriptor through which a sandbox process leaves the number of the expression it runs. */
export const markDescriptor = 3

/** A result that is too large or dangerous; it says in what way. */
export class ResultProblem extends Refusal {
  override readonly name = 'ResultProblem'
}

/** A copy of the result in plain JSON. Throws ResultProblem. */
export function toPlainResult(result: unknown): unknown {
  const spent = { items: 0, characters: 0 }
  return copy(result, spent, 0)
}

function copy(value: unknown, spent: { items: number; characters: number }, depth: number): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? null
  if (++spent.items > mostItems) throw new ResultProblem(resultPhrases.manyValues({ most: String(mostItems) }))
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ResultProblem(resultPhrases.infinite)
    return value
  }
  if (typeof value === 'string') {
    spent.characters += value.length
    if (spent.characters > longestResult) throw new ResultProblem(resultPhrases.manyCharacters({ most: String(longestResult) }))
    return value.isWellFormed() ? value : value.toWellFormed()
  }
  if (typeof value !== 'object') throw new ResultProblem(resultPhrases.otherKind({ found: typeof value }))
  if (depth === deepestResult) throw new ResultProblem(resultPhrases.deep({ most: String(deepestResult) }))
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item, spent, depth + 1))
  if ('_jsonata_function' in value || '_jsonata_lambda' in value) throw new ResultProblem(resultPhrases.isFunction)
  return copyObject(value, spent, depth)
}

function copyObject(value: object, spent: { items: number; characters: number }, depth: number): unknown {
  const entries: [string, unknown][] = []
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype')
      throw new ResultProblem(resultPhrases.reservedKey({ name: key }))
    spent.characters += key.length
    entries.push([key, copy(Reflect.get(value, key), spent, depth + 1)])
  }
  return Object.fromEntries(entries)
}
