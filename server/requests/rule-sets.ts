/** The published rule sets, parsed once per version. */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { parseRuleSet, type RuleSet } from '#rules/index.ts'

export type PublishedRuleSet = RuleSet & { readonly version: number }

export interface RuleSets {
  /** The version in force. Throws `config` when there is none of that name. */
  current(name: string): Promise<PublishedRuleSet>
  /** All rule sets, each in the version in force; one that cannot be read any more is left out. */
  inForce(): Promise<readonly PublishedRuleSet[]>
  /** Forgets what it knows: the configuration changed. */
  refresh(): void
}

export function createRuleSets(sql: Sql): RuleSets {
  let known = new Map<string, Promise<PublishedRuleSet>>()

  async function load(name: string): Promise<PublishedRuleSet> {
    const [row] = await sql<
      { version: number; text: string }[]
    >`select version, text from rule_version where name = ${name} and state = 'published'`
    if (row === undefined)
      throw new GatewayError('config', `no rule set named ${name} is in force`, {
        hint: 'publish one, or configure another for the source',
      })
    return { ...parseRuleSet(row.text, { file: `${name} (version ${row.version})` }), version: row.version }
  }
  function current(name: string): Promise<PublishedRuleSet> {
    const loaded = known.get(name)
    if (loaded !== undefined) return loaded
    const loading = load(name)
    known.set(name, loading)
    loading.catch(() => known.delete(name))
    return loading
  }
  return {
    current,
    async inForce() {
      const rows = await sql<{ name: string }[]>`select name from rule_version where state = 'published' order by name`
      const sets = await Promise.allSettled(rows.map(({ name }) => current(name)))
      return sets.flatMap((set) => (set.status === 'fulfilled' ? [set.value] : []))
    },
    refresh() {
      known = new Map()
    },
  }
}
