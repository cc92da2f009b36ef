/**
 * Rows 1 and 2: the only worker is killed before the call, or after it and before its result; or the reply is cut after the target
 * committed, and the target stays away while what the others did must be put back. Nobody guesses: the target is read.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isLdapRequest } from '../harness/ldap-requests.ts'
import { assertArrived, assertLeftNoTrace, describe, openStage, unwelcome, welcome, type Stage } from './stage.ts'

let stage: Stage
before(async () => {
  stage = await openStage({ engine: 'redis', workers: 0, variables: { WORKER_LEASE_SECONDS: '3' } }, 1000)
})
after(() => stage[Symbol.asyncDispose]())

for (const [label, committed] of [
  ['apply:claimed', 0],
  ['apply:called', 1],
] as const)
  test(`a worker killed at ${label} leaves ${committed} entries; the next makes it one, and says that it was created`, async () => {
    const { world, three } = stage
    const number = stage.next()
    const doomed = await world.startWorker({ CRASH_AT: label, WORKER_TARGETS: 'ldap-paris' })

    const asked = await world.submit(welcome(number), { Prefer: 'respond-async' })
    await doomed.died()
    const found = await three.slapd.find(`(employeeNumber=${number})`)
    const next = await world.startWorker()
    const settled = await world.settled(asked.body.id, 60_000)

    assert.equal(found.length, committed)
    await assertArrived(stage, settled, number)
    assert.equal(settled.details.find((step) => step.target === 'ldap-paris')?.disposition, 'created')
    await next.kill('SIGTERM')
  })

test('a directory that committed, lost its reply and then stays away while a sibling failed is put back when it returns', async () => {
  const { world, three } = stage
  const number = stage.next()
  const worker = await world.startWorker()
  const before = await stage.dump()
  three.proxies.mariadb.delay(400)
  three.proxies.ldap.cutReplyAfter(isLdapRequest('add'))

  const asked = await world.submit(unwelcome(number), { Prefer: 'respond-async' })
  await until(() => three.proxies.ldap.cuts > 0)
  await three.proxies.ldap.refuse()
  await until(async () => (await stepStates(asked.body.id)).join() === 'failed,unknown')
  await pass(asked.body.id, '10 minutes', 4)
  const meanwhile = await world.call('GET', `/api/v1/requests/${asked.body.id}`)
  const there = (await three.slapd.find(`(employeeNumber=${number})`)).length
  await three.proxies.ldap.heal()
  await pass(asked.body.id, '1 hour', 1)
  const settled = await world.settled(asked.body.id, 60_000)

  assert.ok(['running', 'rolling_back'].includes(meanwhile.body.state), describe(meanwhile.body))
  assert.equal(there, 1, 'the directory had committed')
  await assertLeftNoTrace(stage, settled, number)
  assert.deepEqual(await stage.dump(), before)
  await worker.kill('SIGTERM')
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await isSo()); await delay(20))
    if (Date.now() > end) throw new Error('it never came to that')
}

/** Of the ERP, which refuses, and of the directory, whose reply was cut. */
async function stepStates(id: string): Promise<readonly unknown[]> {
  const rows = await stage.world.query(
    "select state from passerelle.step where request_id = $1 and target in ('erp-mariadb', 'ldap-paris') order by target",
    [id],
  )
  return rows.map((row) => row['state'])
}

/** So much time passes for the request, in so many parts: what it waits for comes as much earlier. After each part everybody may act. */
async function pass(id: string, time: string, parts: number): Promise<void> {
  for (let left = parts; left > 0; left--) {
    await stage.world.query(
      `update passerelle.step set called_at = called_at - $2::interval / $3, retry_at = retry_at - $2::interval / $3 where request_id = $1`,
      [id, time, parts],
    )
    await stage.world.query('update passerelle.request set wake_at = wake_at - $2::interval / $3 where id = $1', [
      id,
      time,
      parts,
    ])
    await delay(700)
  }
}
