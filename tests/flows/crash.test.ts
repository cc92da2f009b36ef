/** Workers that die in the middle. Whatever they were doing is found out, finished or put back by the next one. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { crashLabels } from '#core/crash-points.ts'
import { newcomer, openThreeTargets, refusedByErp, type ThreeTargets } from '../harness/three-targets.ts'
import { openWorld, type World } from '../harness/world.ts'

let three: ThreeTargets
before(async () => {
  three = await openThreeTargets()
})
after(() => three[Symbol.asyncDispose]())

for (const engine of ['redis', 'postgres'] as const) {
  describe(`with the queues in ${engine}`, () => {
    let world: World
    let number = engine === 'redis' ? 3000 : 4000
    before(async () => {
      world = await openWorld({ engine, targets: three.targets, ruleSet: three.ruleSet, workers: 0 })
    })
    after(() => world[Symbol.asyncDispose]())

    test('a worker killed between the call to the directory and its result leaves one entry and a final state', async () => {
      number++
      const doomed = await world.startWorker({ CRASH_AT: 'apply:called', WORKER_TARGETS: 'ldap-paris' })
      const asked = await world.submit(newcomer(number), { Prefer: 'respond-async' })
      await died(doomed)
      assert.equal((await three.slapd.find(`(employeeNumber=${number})`)).length, 1, 'the directory had committed')

      const next = await world.startWorker()
      const settled = await world.settled(asked.body.id, 60_000)

      assert.equal(
        settled.state,
        'succeeded',
        JSON.stringify(settled.details.map((step) => [step.target, step.state, step.error])),
      )
      assert.equal((await three.slapd.find(`(employeeNumber=${number})`)).length, 1)
      assert.equal(settled.details.find((step) => step.target === 'ldap-paris')?.disposition, 'created')
      await next.kill('SIGTERM')
    })

    for (const label of crashLabels) {
      test(`a worker killed at ${label} changes nothing about how a refused newcomer ends`, async () => {
        number++
        const before = await three.dump()
        const doomed = await world.startWorker({ CRASH_AT: label })
        const asked = await world.submit(refusedByErp(number), { Prefer: 'respond-async' })
        await died(doomed)

        const next = await world.startWorker()
        const settled = await world.settled(asked.body.id, 60_000)

        assert.equal(
          settled.state,
          'rolled_back',
          JSON.stringify(settled.details.map((step) => [step.target, step.state, step.error])),
        )
        assert.deepEqual(await three.dump(), before)
        await next.kill('SIGTERM')
      })
    }

    test('the audit chain is whole after all that', async () => {
      const [head] = await world.query('select seq from passerelle.audit_head')
      const [count] = await world.query('select count(*)::int as rows, count(distinct seq)::int as seqs from passerelle.audit')

      assert.equal(Number(head?.seq), count?.rows)
      assert.equal(count?.rows, count?.seqs)
    })
  })
}

/** Waits until a process has killed itself. */
async function died({ child }: { child: { signalCode: string | null; exitCode: number | null } }): Promise<void> {
  for (const end = Date.now() + 30_000; child.signalCode === null && child.exitCode === null; await delay(20))
    if (Date.now() > end) throw new Error('the worker never came to the place where it should die')
  assert.equal(child.signalCode, 'SIGKILL')
}
