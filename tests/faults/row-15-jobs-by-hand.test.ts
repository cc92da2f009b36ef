/**
 * Row 15: somebody does to jobs what BullMQ lets them do, at every phase of a request: in Bull Board, and behind the gateway's back as with
 * redis-cli. What was to be done is done, once; what was done stays; what was undone stays undone; and it is on record.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { RequestDetail } from '#server/api/types.ts'
import { boardApi, newcomer, openQueueStage, queueNames, type QueueStage } from '#tests/harness/queue-stage.ts'
import { targetDatabase } from '#tests/harness/sql-targets.ts'

type Queue = ReturnType<QueueStage['queues']['queue']>

/** What people do to jobs. A verb that a job's state does not allow throws; then it was not done. */
const byHand: Readonly<Record<string, (queue: Queue, ids: readonly string[]) => Promise<unknown>>> = {
  'job.retry': async (queue, ids) => {
    for (const id of ids) await (await queue.getJob(id))?.retry('failed').catch(notAllowed)
  },
  'job.remove': async (queue, ids) => {
    for (const id of ids) await (await queue.getJob(id))?.remove().catch(notAllowed)
  },
  'queue.clean': async (queue) => {
    for (const kind of ['wait', 'delayed', 'failed', 'completed', 'active', 'prioritized'] as const)
      await queue.clean(0, 1_000, kind)
  },
  'queue.obliterate': (queue) => queue.obliterate({ force: true }),
}
const notAllowed = () => undefined

const countEffects = `
  create table if not exists public.effect (what text, who text);
  create or replace function public.count_effect() returns trigger language plpgsql as $$ begin
    insert into public.effect (what, who) values (tg_table_name || ' ' || lower(tg_op), to_jsonb(coalesce(new, old)) ->> tg_argv[0]); return null; end $$;
  create trigger counted after insert or delete on directory.person for each row execute function public.count_effect('family_name');
  create trigger counted after insert or delete on intranet.account for each row execute function public.count_effect('username');`

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let stage: QueueStage
    before(async () => {
      stage = await openQueueStage({ engine })
      await stage.world.postgres.query(targetDatabase, countEffects)
    })
    after(() => stage?.[Symbol.asyncDispose]())

    for (const [number, [verb, act]] of Object.entries(byHand).entries())
      test(`${verb} behind the gateway’s back, at each phase, ends as without`, async () => {
        const phases = await openPhases(stage, `hand${'abcdefgh'[number]}`)
        const ids = await jobIds(stage)

        for (const name of queueNames) await act(stage.queues.queue(name), ids.get(name) ?? [])
        await phases.goOn()

        await assertEnds(stage, phases, { onRecord: verb === 'job.retry' ? { failed: 'superseded' } : { queued: 'woken' } })
      })

    test('the same verbs in Bull Board, at each phase, are refused, or end as without', async () => {
      const phases = await openPhases(stage, 'board')
      const { world, admin } = stage
      const ids = await jobIds(stage)

      for (const [queue, own] of ids)
        for (const path of [
          ...own.flatMap((id) => [`${id}/clean`, `${id}/promote`]),
          'clean/wait',
          'clean/active',
          'clean/delayed',
          'empty',
          'obliterate',
          'promote',
        ])
          await world.call('PUT', `${boardApi}/${queue}/${path}`, { force: true }, admin)
      const again = await Promise.all(
        phases.requests.map(({ id }) =>
          world.call('PUT', `${boardApi}/apply-intranet/r-${id}-g1-intranet/retry`, undefined, admin),
        ),
      )
      await phases.goOn()

      assert.deepEqual(
        again.map(({ status }) => status),
        // final: nothing to do; failed: a new generation; the others are looked at now
        [409, 204, 204, 204, 204],
      )
      await assertEnds(stage, phases, { generations: { failed: 2 }, onRecord: { failed: 'retried', queued: 'hurried' } })
    })
  })

interface Phases {
  /** In the order final, failed, rolling back, running, queued. */
  readonly requests: readonly { readonly id: string; readonly phase: string; readonly familyName: string }[]
  /** Lets everything run again, and lets the reconciler's time come. */
  goOn(): Promise<void>
}

/** One request in each phase at the same time: what holds them there are paused queues and a lock in the target. */
async function openPhases({ world, queues, refused }: QueueStage, name: string): Promise<Phases> {
  const submit = async (phase: string, unit: string) => {
    const { body } = await world.submit(newcomer(`${name}-${phase}`, name + phase, unit), { Prefer: 'respond-async' })
    return { id: body.id, phase, familyName: name + phase }
  }
  const until = async ({ id }: { id: string }, isThere: (request: RequestDetail) => boolean) => {
    for (let left = 200; left > 0; left--) {
      const { body } = await world.call('GET', `/api/v1/requests/${id}`)
      if (isThere(body)) return
      if (left === 1)
        assert.fail(`${name}: a request never came to its phase: ${JSON.stringify([body.state, body.problem, body.steps])}`)
      await delay(25)
    }
  }
  const final = await submit('final', 'Finance')
  await until(final, ({ state }) => state === 'succeeded')
  const failed = { ...(await refused(`${name}-failed`, `${name}failed`)), phase: 'failed', familyName: `${name}failed` }
  await queues.queue('undo-directory').pause()
  const back = await submit('back', 'Refused')
  await until(back, ({ state }) => state === 'rolling_back')
  const lock = postgres(world.databaseUrl.replace(/\/[^/]*$/, `/${targetDatabase}`), { max: 1, onnotice: () => undefined })
  // Readers pass: the step is claimed, and its call waits.
  await lock.unsafe('begin; lock table intranet.account in share mode')
  const running = await submit('running', 'Finance')
  await until(running, ({ steps }) => steps.some(({ target, state }) => target === 'intranet' && state === 'running'))
  for (const target of ['directory', 'intranet']) await queues.queue(`apply-${target}`).pause()
  const queued = await submit('queued', 'Finance')
  for (let left = 100; left > 0 && (await queues.queue('finalize').getJob(`r-${queued.id}-g1`)) === undefined; left--)
    await delay(25)
  return {
    requests: [final, failed, back, running, queued],
    async goOn() {
      await lock.unsafe('commit')
      await lock.end()
      for (const queue of queueNames) await queues.queue(queue).resume()
      await delay(500)
      await world.query(`update passerelle.request set wake_at = clock_timestamp() where wake_at is not null`)
    },
  }
}

/** The ids of all jobs, by queue. */
async function jobIds({ queues }: QueueStage): Promise<ReadonlyMap<string, readonly string[]>> {
  return new Map(
    await Promise.all(
      queueNames.map(async (name) => {
        const jobs = await queues.queue(name).getJobs()
        return [name, jobs.flatMap((job) => (job?.id === undefined ? [] : [job.id]))] as const
      }),
    ),
  )
}

const ends: Readonly<Record<string, string>> = {
  final: 'succeeded',
  failed: 'rolled_back',
  back: 'rolled_back',
  running: 'succeeded',
  queued: 'succeeded',
}

interface Expected {
  /** Other than the first. */
  readonly generations?: Readonly<Record<string, number>>
  /** What the history of the request in that phase tells. */
  readonly onRecord: Readonly<Record<string, string>>
}

/** Every request ends as it would have, with one effect in each target, and none that remains of what was rolled back. */
async function assertEnds(stage: QueueStage, { requests }: Phases, expected: Expected): Promise<void> {
  const { world } = stage
  for (const { id, phase, familyName } of requests) {
    const request = await world.settled(id, 20_000)
    const counted = await world.postgres.query(
      targetDatabase,
      'select what, count(*)::int as times from public.effect where lower(who) in ($1, $2) group by what',
      [familyName, `a${familyName}`],
    )
    const times = (what: string) => counted.find((row) => row['what'] === what)?.['times'] ?? 0
    assert.deepEqual(
      [phase, request.state, request.generation],
      [phase, ends[phase], expected.generations?.[phase] ?? 1],
      JSON.stringify(request.details),
    )
    if (ends[phase] === 'succeeded')
      assert.deepEqual([phase, times('person insert'), times('person delete'), times('account insert')], [phase, 1, 0, 1])
    else assert.deepEqual([phase, times('person insert'), times('account insert')], [phase, times('person delete'), 0])
  }
  for (const { id, phase } of requests) {
    const events = await world.events(id)
    const ended = events.filter(({ action, detail }) => action === 'decided' && detail['state'] === ends[phase])
    assert.deepEqual([phase, ended.length], [phase, expected.generations?.[phase] ?? 1])
    const wanted = expected.onRecord[phase]
    assert.ok(
      wanted === undefined || events.some(({ action }) => action === wanted),
      `${phase}: ${events.map(({ action }) => action).join(' ')}`,
    )
  }
}
