/** One kind of connectors is ill: its process alone comes to an end, is started again, and finds out what became of its steps. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { processesOf } from '#tests/harness/processes.ts'
import { openWebTargets, webConfiguration, webRules, type WebTargets } from '#tests/harness/web-target.ts'
import { openWorld, type World, type WorldProcess } from '#tests/harness/world.ts'

const person = (login: string, ...targets: readonly string[]) => ({
  kind: 'create',
  externalId: login,
  attributes: { login, title: 'Clerk', targets },
})

describe('a connector that falls ill takes down its own process alone', () => {
  const stack = new AsyncDisposableStack()
  let webs: WebTargets
  let world: World
  let worker: WorldProcess
  before(async () => {
    webs = stack.use(await openWebTargets())
    const ill = { connector: 'one-way', config: { url: `${webs.url}/ill`, timeoutMs: 1_000 } }
    world = stack.use(
      await openWorld({
        engine: 'redis',
        targets: { ...webConfiguration(webs, ['well']), ill },
        ruleSet: webRules(['well', 'ill']),
        server: 'tests/harness/web-server.ts',
        worker: 'tests/faults/isolated-worker.ts',
        variables: { WORKER_ISOLATION: 'kind', WORKER_LEASE_SECONDS: '2', WORKER_MEMORY_MB: '320' },
      }),
    )
    worker = world.workers[0]!
  })
  after(() => stack.disposeAsync())

  const reasons = {
    spins: /a connector spins/,
    leaks: /its heap was full|it took more memory/,
    hoards: /it took more memory than WORKER_MEMORY_MB=320/,
    throws: /it failed \(code 1\)/,
  }
  for (const [illness, reason] of Object.entries(reasons))
    test(`it ${illness}: the others' steps are done meanwhile, and its own is found done when it is back`, async () => {
      const processes = processesOf(worker)
      const times = endings(worker).length
      const respond = { Prefer: 'respond-async' }
      const own = await world.submit(person(`${illness}-1`, 'ill'), respond)
      await until(() => existsSync(`${world.folder}/ill-${illness}-1`), 'it fell ill')

      const other = await world.submit(person(`beside-${illness}`, 'well'), { Prefer: 'wait=10' })
      const settled = await world.settled(own.body.id, 60_000)

      assert.equal(other.body.state, 'succeeded')
      assert.equal(settled.state, 'succeeded', JSON.stringify(settled.details))
      const calls = webs.target('ill').calls.filter(({ method, login }) => method === 'POST' && login === `${illness}-1`)
      assert.equal(calls.length, 1, 'it was called once')
      await until(() => endings(worker).length > times && 'one-way' in processesOf(worker), 'its process was started again')
      const ended = endings(worker)
      assert.match(ended.at(-1)?.reason ?? '', reason)
      assert.deepEqual([...new Set(ended.map(({ process }) => process))], ['one-way'])
      const [before, now] = [processes, processesOf(worker)]
      assert.deepEqual([now.shared, now.web], [before.shared, before.web], 'the others are the same processes as before')
      assert.notEqual(now['one-way'], before['one-way'])
    })

  test('a new kind among the targets gets a process, and one of which no target is left loses it', async () => {
    const become = (connector: string) =>
      world.query(`update passerelle.target set connector = $1, revision = revision + 1 where name = 'ill'`, [connector])
    const announce = () => world.query(`select pg_notify('passerelle_configuration', '')`)

    await become('web')
    await announce()
    await until(() => processesOf(worker)['one-way'] === undefined, 'the process without targets ended')
    await become('one-way')
    await announce()
    await until(() => processesOf(worker)['one-way'] !== undefined, 'the kind got a process')

    assert.deepEqual(Object.keys(processesOf(worker)).sort(), ['one-way', 'shared', 'web'])
  })

  test('told to stop, it stops all of them in time', async () => {
    const processes = Object.values(processesOf(worker))

    await worker.kill('SIGTERM')

    assert.equal(worker.child.exitCode, 0)
    assert.deepEqual(processes.filter(lives), [])
  })
})

test('a supervisor that is killed takes its processes along at once, one that spins included', async () => {
  await using webs = await openWebTargets()
  const ill = { connector: 'one-way', config: { url: `${webs.url}/ill`, timeoutMs: 1_000 } }
  await using world = await openWorld({
    engine: 'postgres',
    targets: { ...webConfiguration(webs, ['well']), ill },
    ruleSet: webRules(['well', 'ill']),
    server: 'tests/harness/web-server.ts',
    worker: 'tests/faults/isolated-worker.ts',
    variables: { WORKER_ISOLATION: 'kind', WORKER_LEASE_SECONDS: '30' },
  })
  const [worker] = world.workers as [WorldProcess]
  const processes = Object.values(processesOf(worker))
  await world.submit(person('spins-2', 'ill'), { Prefer: 'respond-async' })
  await until(() => existsSync(`${world.folder}/ill-spins-2`), 'it spins')

  await worker.kill('SIGKILL')
  await until(() => !processes.some(lives), 'they ended', 3_000)

  assert.equal(processes.length, 3)
})

interface Line {
  readonly msg?: string
  readonly reason?: string
  readonly process?: string
}

/** What the supervisor said of processes that ended. */
function endings(worker: WorldProcess): readonly Line[] {
  return worker
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
    .filter(({ msg }) => msg?.includes('is started again'))
}

/** Not gone, and not merely waiting for somebody to ask how it ended. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(isSo: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  for (const end = Date.now() + withinMs; !isSo(); await delay(20)) if (Date.now() > end) assert.fail(`never: ${what}`)
}
