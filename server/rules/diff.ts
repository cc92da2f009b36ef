/** Two versions of rules side by side: what is different in meaning, and in the text. */
import { createTwoFilesPatch, formatPatch } from 'diff'
import { diffRuleSets, isRuleSetError, parseRuleSet, type RuleSet } from '#rules/index.ts'
import type { RuleDiff } from '../api/rule-types.ts'

export interface DiffSide {
  readonly name: string
  /** null: a file. */
  readonly version: number | null
  readonly text: string
}

/** Milliseconds to look for the shortest difference; the API answers nobody else meanwhile. */
const patienceMs = 150

/** While one of them cannot be read, only the texts are compared. */
export function diffVersions(before: DiffSide, after: DiffSide): Pick<RuleDiff, 'changes' | 'text'> {
  const [left, right] = [read(before), read(after)]
  return {
    changes: left === null || right === null ? [] : diffRuleSets(left, right),
    text: before.text === after.text ? '' : toPatch(before, after),
  }
}

/** Texts that have next to nothing in common are told as one that takes the place of the other. */
function toPatch(before: DiffSide, after: DiffSide): string {
  const [from, to] = [titleOf(before), titleOf(after)]
  return (
    createTwoFilesPatch(from, to, before.text, after.text, undefined, undefined, { context: 3, timeout: patienceMs }) ??
    formatPatch({
      oldFileName: from,
      newFileName: to,
      oldHeader: undefined,
      newHeader: undefined,
      hunks: [wholeHunk(before.text, after.text)],
    })
  )
}

function wholeHunk(before: string, after: string) {
  const [left, right] = [before, after].map((text) => text.replace(/\n$/, '').split('\n'))
  return {
    oldStart: 1,
    oldLines: left?.length ?? 0,
    newStart: 1,
    newLines: right?.length ?? 0,
    lines: [...(left ?? []).map((line) => `-${line}`), ...(right ?? []).map((line) => `+${line}`)],
  }
}

function titleOf({ name, version }: DiffSide): string {
  return version === null ? name : `${name} (version ${version})`
}

function read({ name, text }: DiffSide): RuleSet | null {
  try {
    return parseRuleSet(text, { file: name })
  } catch (error) {
    if (isRuleSetError(error)) return null
    throw error
  }
}
