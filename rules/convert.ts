/**
 * A document of rules in the other notation: for people who write YAML and programs that write JSON. What it means stays; comments have no place in
 * JSON. A text that is in the notation that is asked for is given back byte for byte.
 */
import { isDeepStrictEqual } from 'node:util'
import { isAlias, parse, parseDocument, stringify, visit } from 'yaml'
import { GatewayError } from '#core/errors.ts'

export type RuleFormat = 'yaml' | 'json'

/** JSON is YAML too: what JSON reads is JSON. */
export function formatOf(text: string): RuleFormat {
  try {
    JSON.parse(text.replace(/^\u{FEFF}/u, ''))
    return 'json'
  } catch {
    return 'yaml'
  }
}

/** Throws `unprocessable` for a text that is neither. */
export function convertDocument(text: string, format: RuleFormat): string {
  if (formatOf(text) === format) return text
  const document = parseDocument(text, { uniqueKeys: true, version: '1.2' })
  let hasAlias = false
  visit(document, { Node: (_key, node) => (isAlias(node) ? ((hasAlias = true), visit.BREAK) : undefined) })
  const [problem] = document.errors
  if (problem !== undefined || hasAlias)
    throw new GatewayError(
      'unprocessable',
      `the text is not YAML or JSON that can be converted: ${problem?.message ?? 'it holds an alias'}`,
    )
  const value = document.toJS() as unknown
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  // Long expressions stay on their lines: a fold inside a text would be a change that nobody made.
  const options = { lineWidth: 0, version: '1.2' } as const
  const written = stringify(value, options)
  // A block cannot hold every text, such as one of blanks and a line break.
  return isDeepStrictEqual(parse(written), value) ? written : stringify(value, { ...options, blockQuote: false })
}
