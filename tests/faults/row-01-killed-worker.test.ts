/** Row 1: the only worker is killed before the call, or after it and before its result. The next one finds out what was done. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertArrived, openStage, welcome, type Stage } from './stage.ts'

let stage: Stage
before(async () => {
  stage = await openStage({ engine: 'redis', workers: 0, variables: { WORKER_LEASE_SECONDS: '1' } }, 1000)
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
