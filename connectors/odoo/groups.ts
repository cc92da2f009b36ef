/**
 * The groups of a database by their names. A group that a module brought is its external id (`base.group_system`), which stays when people rename
 * it; one that was made by hand has none, and is its full name.
 */
import { GatewayError } from '#core/errors.ts'
import * as v from 'valibot'
import { userTypes, type UserType } from './fields.ts'
import { search, type Odoo } from './odoo.ts'
import { phrases } from './phrases.ts'

export interface Groups {
  readonly ids: Readonly<Record<string, number>>
  readonly names: Readonly<Record<string, string>>
}

const lookupMs = 300_000
const key = 'groups'

function readGroups(odoo: Odoo): Promise<Groups> {
  return odoo.cache.get({ kind: 'lookup', key, ttlMs: lookupMs, load: () => loadGroups(odoo) })
}

export const forgetGroups = ({ cache }: Pick<Odoo, 'cache'>) => cache.forget('lookup', key)

const ExternalIds = v.record(v.string(), v.string())

async function loadGroups(odoo: Odoo): Promise<Groups> {
  const doing = 'reading the groups'
  const rows = await search(odoo, { doing, model: 'res.groups', domain: [], fields: ['full_name'], limit: null })
  const ids = rows.map(({ id }) => id)
  const external = await odoo.ask(ExternalIds, { doing, model: 'res.groups', method: 'get_external_id', ids })
  const counts = Map.groupBy(rows, ({ full_name: name }) => String(name))
  const nameOf = (id: number, fullName: string) =>
    external[id] || ((counts.get(fullName)?.length ?? 0) > 1 ? `${fullName} (${id})` : fullName)
  const named = rows.map(({ id, full_name: fullName }) => [id, nameOf(id, String(fullName))] as const)
  return {
    ids: Object.fromEntries(named.map(([id, name]) => [name, id])),
    names: Object.fromEntries(named.map(([id, name]) => [String(id), name])),
  }
}

/** Throws `not_found`. */
export async function groupId(odoo: Odoo, name: string): Promise<number> {
  const known = (await readGroups(odoo)).ids[name]
  if (known !== undefined) return known
  await forgetGroups(odoo)
  const found = (await readGroups(odoo)).ids[name]
  if (found !== undefined) return found
  throw new GatewayError('not_found', 'a group of the change does not exist in Odoo', {
    sent: 'no',
    hint: phrases.groupNames,
  })
}

export interface Held {
  readonly memberships: readonly string[]
  readonly types: readonly UserType[]
}

/** What the groups of a user mean: those that say what kind of user it is are nobody's membership. */
export async function heldGroups(odoo: Odoo, ids: readonly number[]): Promise<Held> {
  const known = (await readGroups(odoo)).names
  if (ids.some((id) => known[String(id)] === undefined)) await forgetGroups(odoo)
  const { names } = await readGroups(odoo)
  // What is gone from the list by now is gone from the user too.
  const held = ids.flatMap((id) => names[String(id)] ?? [])
  const kinds = Object.entries(userTypes) as [UserType, string][]
  return {
    memberships: held.filter((name) => !kinds.some(([, group]) => group === name)).toSorted(),
    types: kinds.filter(([, group]) => held.includes(group)).map(([type]) => type),
  }
}
