/** One database of Odoo as a job works with it: the calls, and what was asked of it once and holds for a while. */
import type { TargetCache } from '#core/cache.ts'
import { GatewayError } from '#core/errors.ts'
import * as v from 'valibot'
import { createCalls, type Calls, type CallsOptions, type OdooCall } from './calls.ts'
import type { OdooConfig } from './config.ts'
import { phrases } from './phrases.ts'

export interface Odoo extends Calls {
  readonly target: string
  readonly config: OdooConfig
  readonly cache: TargetCache
  /** A call that reads; its answer parsed. */
  ask<Schema extends v.GenericSchema>(schema: Schema, call: Omit<OdooCall, 'effect'>): Promise<v.InferOutput<Schema>>
}

export function openOdoo({ target, ...options }: CallsOptions & { readonly target: string }): Odoo {
  const { login, call, version } = createCalls(options)
  const { config, cache } = options
  return {
    ...{ target, config, cache, login, call, version },
    async ask(schema, asked) {
      const result = v.safeParse(schema, await call({ ...asked, effect: 'read' }))
      if (result.success) return result.output
      throw new GatewayError('config', `${asked.doing}: the answer is not what Odoo answers`, {
        ...{ sent: 'yes', hint: phrases.version },
      })
    },
  }
}

export interface Search {
  readonly doing: string
  readonly model: string
  /** Odoo's own form: `[['login', '=', 'ada']]`. */
  readonly domain: readonly (readonly [field: string, operator: string, value: unknown])[]
  readonly fields: readonly string[]
  readonly limit: number | null
}

export const Row = v.looseObject({ id: v.number() })
export type Row = v.InferOutput<typeof Row>

/** Records in the order of their ids; of many2one fields the id alone. */
export function search({ ask }: Pick<Odoo, 'ask'>, { doing, model, domain, fields, limit }: Search): Promise<Row[]> {
  // In the order of the method's own parameters.
  const parameters = { domain, fields, offset: 0, limit, order: 'id' }
  return ask(v.array(Row), { doing, model, method: 'search_read', parameters })
}
