/** Row 14: the next version replaces this one while requests stream in: first both run side by side, then only the next. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openFleet, unharmed } from './fleet.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('a next version takes over under load, and no call fails', async (t) => {
  using next = copyAsNextVersion()
  await using fleet = await openFleet({
    engine: 'redis',
    prefix: 'roll',
    perSecond: 10,
    variables: { SERVER_DRAIN_SECONDS: '1' },
  })
  const { world, urls, stream } = fleet
  const old = [...world.workers]
  await delay(1_000)

  const server = await world.startServer({}, next.module('server/main.ts'))
  await world.startWorker({}, next.module('workers/main.ts'))
  urls.push(server.url)
  const foreign = () => old.flatMap((worker) => worker.log().match(/jobs of another version are left/g) ?? [])
  while (foreign().length === 0) await delay(50)
  // What a load balancer does: who is no longer ready gets no more calls.
  const leaving = [world.server.kill('SIGTERM'), ...old.map((worker) => worker.kill('SIGTERM'))]
  while ((await fetch(`${world.url}/readyz`).catch(() => ({ ok: false }))).ok) await delay(10)
  urls.splice(urls.indexOf(world.url), 1)
  await Promise.all(leaving)
  await delay(2_000)
  const outcome = await fleet.end()

  t.diagnostic(`${outcome.sent} requests`)
  assert.deepEqual(outcome, unharmed(outcome))
  const failed = stream.sent.filter(({ statuses }) => statuses.length > 1)
  assert.deepEqual(failed, [], 'each call succeeded at once')
  assert.deepEqual(
    old.map(({ child }) => child.exitCode),
    [0, 0],
  )
  assert.ok(foreign().length <= 2 * 2, `old workers met jobs of the next version, and said so ${foreign().length} times only`)
  const [slow] = await world.query(
    `select count(*)::int as requests from passerelle.request where settled_at - received_at > interval '45 s'`,
  )
  assert.equal(slow?.requests, 0, 'what only the old version knew is rung anew, and not first by its wake-up')
  const [spent] = await world.query(`select count(*)::int as steps from passerelle.step where attempts > 1`)
  assert.equal(spent?.steps, 0, 'no attempt is spent on a job that is given back')
})

/** This tree with another job version and one more migration, which only adds. */
function copyAsNextVersion(): Disposable & { module(path: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-next-'))
  for (const part of ['core', 'rules', 'connectors', 'server', 'workers', 'migrations', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'workers', 'step-job.ts')
  const text = readFileSync(file, 'utf8')
  const raised = text.replace(
    /export const jobVersion = (\d+)/,
    (_all, version) => `export const jobVersion = ${Number(version) + 1}`,
  )
  assert.notEqual(raised, text)
  writeFileSync(file, raised)
  writeFileSync(
    join(folder, 'migrations', '9999_next.sql'),
    'alter table passerelle.request add column of_the_next_version text;\n',
  )
  return {
    module: (path) => join(folder, path),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
