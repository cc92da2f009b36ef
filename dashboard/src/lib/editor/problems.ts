/** The gateway's problems as places in the text, from the place that it names to the end of the word there. */
import type { Text } from '@codemirror/state'
import type { RuleProblemView } from '../api.ts'

export interface Marked {
  readonly from: number
  readonly to: number
  readonly severity: 'error'
  readonly message: string
}

/** Places beyond the text, which changed meanwhile, move to its nearest end. */
export function toDiagnostics(
  text: Pick<Text, 'line' | 'lines' | 'length'>,
  problems: readonly RuleProblemView[],
): readonly Marked[] {
  return problems.map(({ line, column, message, hint }) => {
    const at = text.line(Math.min(Math.max(line, 1), text.lines))
    const start = Math.min(Math.max(column - 1, 0), at.length)
    const [word = ''] = /^(?:[\w$.-]+|\S)?/u.exec(at.text.slice(start)) ?? []
    const from = at.from + (word === '' ? Math.max(0, start - 1) : start)
    return {
      from,
      to: Math.max(from, at.from + start + word.length),
      severity: 'error',
      message: hint === null ? message : `${message}\n${hint}`,
    }
  })
}
