/** What the command line's commands share: how words and options are read, and how wrong ones are told. */
import { userInfo } from 'node:os'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { GatewayError } from '#core/errors.ts'

/** Exit code 2. */
export function wrongUsage(message: string, hint?: string): GatewayError {
  return new GatewayError('bad_request', message, hint === undefined ? {} : { hint })
}

/** Throws `bad_request` for an option that is not known. */
export function readWords<Options extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error))
  }
}

/** One of some words. Throws `bad_request`. */
export function oneOf<Word extends string>(option: string, word: string, words: readonly Word[]): Word {
  const found = words.find((known) => known === word)
  if (found === undefined) throw wrongUsage(`${option} is one of ${words.join(', ')}`)
  return found
}

/** How the audit trail names whoever has the database's settings and types commands: by the machine's user. */
export function cliActor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    // A container may run as a user that has no name.
    return 'cli'
  }
}
