/**
 * Rows 3 and 12: workers that stand still past their lease and wake up as if nothing had happened, and jobs that kill whoever takes them.
 * Others take over; what a sleeper says afterwards does not count, and what it has not yet done it does not do.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isLdapRequest } from '../harness/ldap-requests.ts'
import type { WorldProcess } from '../harness/world.ts'
import { assertArrived, describe, newcomerLogin, openStage, welcome, type Stage } from './stage.ts'

let stage: Stage
before(async () => {
  stage = await openStage(
    { engine: 'redis', workers: 0, worker: 'tests/faults/worker.ts', variables: { WORKER_LEASE_SECONDS: '3' } },
    7000,
  )
})
after(() => stage[Symbol.asyncDispose]())
const alive = () => stage.world.workers.filter(({ child }) => child.exitCode === null && child.signalCode === null)
afterEach(async () => {
  await Promise.all(alive().map((worker) => worker.kill()))
})

test('a worker whose event loop is blocked past its lease says too late what it did: one entry, and its result is fenced off', async () => {
  const { world, three } = stage
  const number = stage.next()
  const blocked = await world.startWorker({ WORKER_TARGETS: 'ldap-paris' })
  three.proxies.ldap.delay(300)
  const asked = await world.submit(welcome(number), { Prefer: 'respond-async' })
  await claimed(asked.body.id, 'ldap-paris')

  const over = join(world.folder, 'over')
  blocked.child.send({ blockUntil: over })
  await three.proxies.ldap.heal()
  await world.startWorker()
  const settled = await world.settled(asked.body.id, 60_000)
  writeFileSync(over, '')

  await assertArrived(stage, settled, number)
  await isFencedOff(asked.body.id)
})

for (const label of ['apply:called', 'apply:claimed'] as const)
  test(`a worker stopped at ${label} past its lease does nothing more when it goes on, though others went on meanwhile`, async () => {
    const { world, three } = stage
    const number = stage.next()
    const usual = await world.startWorker()
    const arrived = await world.submit(welcome(number))
    await usual.kill()
    const zombie = await world.startWorker({ CRASH_AT: `freeze:${label}`, WORKER_TARGETS: 'ldap-paris' })
    const mover = (title: string) => ({ kind: 'update', externalId: `E-${number}`, attributes: { title } })

    const first = await world.submit(mover('First'), { Prefer: 'respond-async' })
    const second = await world.submit(mover('Second'), { Prefer: 'respond-async' })
    await zombie.frozen()
    await world.startWorker()
    const ended = [await world.settled(first.body.id, 60_000), await world.settled(second.body.id, 60_000)]
    three.proxies.ldap.cutReplyAfter(isLdapRequest('modify'))
    const cuts = three.proxies.ldap.cuts
    zombie.thaw()
    await delay(1_500)
    await three.proxies.ldap.heal()

    await assertArrived(stage, arrived.body, number)
    assert.deepEqual(
      ended.map((request) => request.state),
      ['succeeded', 'succeeded'],
      ended.map(describe).join('\n'),
    )
    const [entry] = await three.slapd.find(`(employeeNumber=${number})`)
    assert.equal(entry?.title, 'Second')
    assert.equal(three.proxies.ldap.cuts, cuts, 'the directory was not asked to change anything any more')
    if (label === 'apply:called') await isFencedOff(first.body.id)
  })

for (const [moment, end] of [
  ['create', 'needs_attention'],
  // Nothing was written: there is nothing for a person to find out.
  ['find', 'rolled_back'],
] as const)
  test(`a job that kills whoever comes to ${moment} ends as ${end} after few victims; its neighbours end as usual`, async () => {
    const { world } = stage
    const number = stage.next()
    const illness = { POISON: newcomerLogin(number), POISON_AT: moment }
    const deaths = () => world.workers.filter(({ child }) => child.signalCode === 'SIGKILL').length
    const before = deaths()
    await Promise.all([world.startWorker(illness), world.startWorker(illness)])

    const poisonous = await world.submit(welcome(number), { Prefer: 'respond-async' })
    const neighbours = [stage.next(), stage.next()]
    const asked = await Promise.all(neighbours.map((other) => world.submit(welcome(other), { Prefer: 'respond-async' })))
    await using _ = keepAlive(2, () => world.startWorker(illness))
    const settled = await world.settled(poisonous.body.id, 60_000)
    for (const [index, other] of neighbours.entries())
      await assertArrived(stage, await world.settled(asked[index]?.body.id ?? '', 60_000), other)

    assert.equal(settled.state, end, describe(settled))
    assert.equal(settled.problem?.code, 'poisoned')
    // Each of its two steps has two victims, or three where nothing tells reading from chance; the first death points at neither.
    assert.ok(deaths() - before <= 6, `${deaths() - before} workers died`)
  })

async function claimed(id: string, target: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(10)) {
    const [step] = await stage.world.query('select state from passerelle.step where request_id = $1 and target = $2', [
      id,
      target,
    ])
    if (step?.['state'] === 'running') return
  }
  throw new Error('the step was never claimed')
}

async function isFencedOff(id: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(50))
    if ((await stage.world.events(id)).some((event) => event.action === 'fenced_off')) return
  throw new Error("the sleeper's result was never fenced off")
}

/** What a process manager does: so many workers run, whatever becomes of them. */
function keepAlive(count: number, start: () => Promise<WorldProcess>): AsyncDisposable {
  let stopped = false
  const running = (async () => {
    while (!stopped) {
      if (alive().length < count) await start().catch(() => undefined)
      await delay(100)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      await running
    },
  }
}
