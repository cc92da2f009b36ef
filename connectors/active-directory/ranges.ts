/**
 * Attributes with many values: a domain controller shows 1500 at once, under a name such as `member;range=0-1499`, and leaves it to the client to
 * ask for the rest ([MS-ADTS] §3.1.1.3.1.3.3).
 */
import type { Entry } from 'ldapts'
import type { Wire } from '#connectors/kit/ldap/wire.ts'

const ranged = /^(.+);range=(\d+)-(\d+|\*)$/i

/** The entry with the whole of every attribute that was shown in part, under its plain name. `dn` stands for the entry. */
export async function withAllValues(wire: Wire, dn: string, entry: Entry): Promise<Entry> {
  const parts = Object.keys(entry).filter((name) => ranged.test(name) && [entry[name] ?? []].flat().length > 0)
  if (parts.length === 0) return entry
  const whole: Entry = { ...entry }
  for (const name of parts) {
    const [, attribute = name, , end = '*'] = ranged.exec(name) ?? []
    delete whole[name]
    whole[attribute] = await allValues(wire, dn, attribute, { values: textsIn(entry, name), end })
  }
  return whole
}

interface Shown {
  readonly values: readonly string[]
  /** The last place that was shown; `*` when there is no other. */
  readonly end: string
}

async function allValues(wire: Wire, dn: string, attribute: string, first: Shown): Promise<string[]> {
  const values = [...first.values]
  for (let { end } = first; end !== '*';) {
    const from = Number(end) + 1
    const { searchEntries } = await wire.run({ doing: 'reading many values', kind: 'read' }, (client) =>
      client.search(dn, { scope: 'base', attributes: [`${attribute};range=${from}-*`] }),
    )
    const entry = searchEntries[0] ?? { dn }
    // The name that was asked for comes back, too: empty.
    const name = Object.keys(entry).find((key) => ranged.test(key) && [entry[key] ?? []].flat().length > 0)
    if (name === undefined) break
    values.push(...textsIn(entry, name))
    end = ranged.exec(name)?.[3] ?? '*'
  }
  return values
}

function textsIn(entry: Entry, name: string): readonly string[] {
  return [entry[name] ?? []].flat().map(String)
}
