/** Rule sets in files: read from them with the cases beside, and written to them so that reading gives the same again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { GatewayError } from '#core/errors.ts'
import { casesBeside, parseRuleSet } from '#rules/index.ts'

export interface RuleFile {
  readonly file: string
  readonly text: string
  /** Where its cases stand, and what they say; null when there are none. */
  readonly cases: { readonly file: string; readonly text: string } | null
}

/** Throws `bad_request` when a file cannot be read. */
export function readRuleFile(file: string): RuleFile {
  const text = read(file)
  const beside = casesBeside(file).find((path) => existsSync(path))
  return { file, text, cases: beside === undefined ? null : { file: beside, text: read(beside) } }
}

/** Byte for byte. Returns the files that were written. */
export function writeRuleFile(file: string, text: string, cases: string | null): readonly string[] {
  writeFileSync(file, text)
  const [beside] = casesBeside(file)
  if (cases === null || beside === undefined) return [file]
  writeFileSync(beside, cases)
  return [file, beside]
}

/** How the rule set in a file is called. Throws RuleSetError. */
export function nameIn({ file, text }: RuleFile): string {
  return parseRuleSet(text, { file }).name
}

/** Whether a word of the command line means a file; otherwise it is the name of a rule set in the database. */
export function isFile(word: string): boolean {
  return /[./\\]/.test(word) || existsSync(word)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GatewayError('bad_request', `${file} cannot be read`, { cause, hint: 'check the path' })
  }
}
