/** Differences between the fixture's versions: lines that are only in one of them, and a sentence for each of these. */
import type { RuleChange, RuleDiff } from '../src/lib/api.ts'

interface Text {
  readonly version: number
  readonly text: string
}

export function diffOf(name: string, versions: readonly Text[], from: number, to: number): RuleDiff {
  const linesOf = (number: number) => versions.find(({ version }) => version === number)?.text.split('\n') ?? []
  const [before, after] = [linesOf(from), linesOf(to)]
  const start = before.findIndex((line, index) => line !== after[index])
  if (start === -1 || from === to) return { name, from, to, changes: [], text: '' }
  let end = 0
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  const [removed, added] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const lead = before.slice(Math.max(0, start - 3), start)
  const tail = before.slice(before.length - end, before.length - end + 3)
  const at = start - lead.length + 1
  const around = lead.length + tail.length
  const hunk = `@@ -${at},${removed.length + around} +${at},${added.length + around} @@`
  const signed = (sign: string, lines: readonly string[]) => lines.map((line) => sign + line)
  const text = [
    `--- ${name} ${from}`,
    `+++ ${name} ${to}`,
    hunk,
    ...signed(' ', lead),
    ...signed('-', removed),
    ...signed('+', added),
    ...signed(' ', tail),
    '',
  ]
  const change: RuleChange = {
    kind: 'changed',
    path: 'identity.courriel',
    target: null,
    attribute: 'courriel',
    before: removed.join('\n').trim(),
    after: added.join('\n').trim(),
    sentence: {
      fr: 'L’attribut calculé « courriel » est calculé autrement.',
      en: 'The computed attribute “courriel” is computed differently.',
    },
  }
  const group: RuleChange = {
    kind: 'added',
    path: 'targets.annuaire.attributes.employeeType',
    target: 'annuaire',
    attribute: 'employeeType',
    before: null,
    after: "'externe'",
    sentence: { fr: 'L’attribut « employeeType » est ajouté.', en: 'The attribute “employeeType” is added.' },
  }
  return { name, from, to, changes: name === 'externes' ? [change, group] : [change], text: text.join('\n') }
}
