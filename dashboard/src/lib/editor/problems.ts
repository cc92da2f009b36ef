/** The gateway's problems as places in the text, from the place that it names to the end of the word there. */
import type { Text } from '@codemirror/state'
import type { RuleProblemView } from '../api.ts'
import type { Locale } from '../i18n/locale.ts'
import { saidIn } from '../problems.ts'

export interface Marked {
  readonly from: number
  readonly to: number
  readonly severity: 'error'
  readonly message: string
}

/** Places beyond the text, which changed meanwhile, move to its nearest end. */
export function toDiagnostics(
  document: Pick<Text, 'line' | 'lines' | 'length'>,
  problems: readonly RuleProblemView[],
  locale: Locale,
): readonly Marked[] {
  return problems.map(({ line, column, message, phrase, advice }) => {
    const at = document.line(Math.min(Math.max(line, 1), document.lines))
    const start = Math.min(Math.max(column - 1, 0), at.length)
    const [word = ''] = /^(?:[\w$.-]+|\S)?/u.exec(at.text.slice(start)) ?? []
    const { text, original } = saidIn(locale, phrase, message)
    const from = at.from + (word === '' ? Math.max(0, start - 1) : start)
    return {
      from,
      to: Math.max(from, at.from + start + word.length),
      severity: 'error',
      message: [text, original, advice?.[locale]].filter((one) => typeof one === 'string').join('\n'),
    }
  })
}
