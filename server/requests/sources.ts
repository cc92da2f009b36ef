/** The configured sources: which rules apply to what each of them sends. */
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { ReadContext } from '../inbound/adapter.ts'

export interface SourceRecord {
  readonly name: string
  readonly ruleSet: string
  readonly settings: SourceSettings
}

/** What the configuration tells the adapter that reads this source's payloads. */
export type SourceSettings = Pick<ReadContext, 'identifiers' | 'objectTypes'>

export interface Sources {
  /** Throws `config` for a source that is not configured (any more). */
  get(name: string): Promise<SourceRecord>
  refresh(): void
}

export function createSources(sql: Sql): Sources {
  let known: Promise<ReadonlyMap<string, SourceRecord>> | undefined

  async function load(): Promise<ReadonlyMap<string, SourceRecord>> {
    const rows = await sql<SourceRecord[]>`select name, rule_set as "ruleSet", settings from source`
    return new Map(rows.map((row) => [row.name, row]))
  }
  return {
    async get(name) {
      known ??= load()
      const source = (
        await known.catch((error: unknown) => {
          known = undefined
          throw error
        })
      ).get(name)
      if (source === undefined) throw new GatewayError('config', `the source ${name} is not configured`)
      return source
    },
    refresh() {
      known = undefined
    },
  }
}
