/** What tests of people who leave need: rules with a lifecycle and thresholds, and a clock that runs ahead. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Departure, RequestDetail } from '#server/api/types.ts'
import { shippedRules } from './sql-targets.ts'
import type { World } from './world.ts'

/** The directory moves and strips who leaves and deletes them after 90 days; the intranet deletes after 30, whatever the source asks. */
export function rulesForLeavers(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const rules = shippedRules() as { targets: Record<'directory' | 'intranet', Record<string, unknown>> }
  return {
    ...rules,
    targets: {
      directory: {
        ...rules.targets.directory,
        lifecycle: {
          onDisable: {
            move: { department: "'leavers of ' & $slug(organizationalUnit)" },
            strip: { memberships: 'ours', attributes: ['title'] },
          },
          deleteAfter: '90d',
        },
      },
      intranet: { ...rules.targets.intranet, lifecycle: { deleteAfter: '30d', onDelete: 'after-grace' } },
    },
    ...more,
  }
}

export function joiner(externalId: string, familyName: string, attributes: Readonly<Record<string, unknown>> = {}) {
  const usual = { givenName: 'Ada', organizationalUnit: 'Finance', title: 'Clerk' }
  return { kind: 'create', externalId, attributes: { ...usual, familyName, ...attributes } }
}

export async function ask(world: World, kind: string, externalId: string, more: object = {}): Promise<RequestDetail> {
  const { status, body } = await world.submit({ kind, externalId, ...more })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

export async function departuresOf(world: World, externalId: string): Promise<readonly Departure[]> {
  const { body } = await world.call<{ items: readonly Departure[] }>('GET', `/api/v1/departures?externalId=${externalId}`)
  return body.items.toSorted((one, other) => (one.target < other.target ? -1 : 1))
}

/** So many days pass for the departures of one identity: what was disabled now was disabled then. */
export async function daysPass(world: World, externalId: string, days: number): Promise<void> {
  await world.query(
    `update passerelle.departure set disabled_at = disabled_at - make_interval(days => $2), delete_at = delete_at - make_interval(days => $2),
       look_at = look_at - make_interval(days => $2)
     from passerelle.identity where identity.id = identity_id and external_id = $1`,
    [externalId, days],
  )
}

/** The deletions that the gateway filed for an identity, the first one first. */
export async function deletionsOf(world: World, externalId: string): Promise<readonly { id: string; state: string }[]> {
  const rows = await world.query(
    `select id, state from passerelle.request where external_id = $1 and actor = 'gateway' order by seq`,
    [externalId],
  )
  return rows as unknown as readonly { id: string; state: string }[]
}

/** Waits until it is so. */
export async function until(isSo: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await isSo()); await delay(100))
    assert.ok(Date.now() < end, 'it did not come to be in time')
}

/** More than two looks of a server that looks every two seconds. */
export const twoLooks = () => delay(4_500)
