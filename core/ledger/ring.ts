/**
 * The bell: what must be rung in the queue, who rings it, and who rings again when nobody came. The ledger never needs the
 * queue to have kept anything.
 */
import { asRows, type Sql, type Tx } from '../database.ts'
import { postponeParked } from './parked.ts'
import { recheck } from './hand-over.ts'
import { tendApprovals } from './tend-approvals.ts'
import { forgetRemoved } from './removed-targets.ts'
import type { Statement } from './writer.ts'
import { deadlyAfter } from '../saga/decisions.ts'
import { claimable, lookAgain, passed, rungAs, wakeable, type Purpose } from '../saga/transitions.ts'
import type { RequestState } from '../states.ts'

export interface Bell {
  /** look: the account is only read, for those who are asked to approve. */
  readonly topic: Purpose | 'look'
  readonly requestId: string
  readonly generation: number
  readonly bell: number
  readonly targets: readonly string[]
}

/** Hands waiting bells to `ring` and forgets them when it returns; several relays may run. Answers how many there were. */
export async function takeBells(sql: Sql, limit: number, ring: (bells: readonly Bell[]) => Promise<void>): Promise<number> {
  return sql.begin(async (tx) => {
    const rows = await tx<BellRow[]>`
      with taken as (
        delete from outbox where id in (select id from outbox order by id limit ${limit} for update skip locked)
        returning id, topic, request_id, generation, bell)
      select taken.*, ${targetsOf(tx, tx`taken`)} as targets from taken order by id`
    if (rows.length > 0) await ring(rows.map(toBell))
    return rows.length
  })
}

interface BellRow {
  readonly topic: Bell['topic']
  readonly request_id: string
  readonly generation: number
  readonly bell: number
  readonly targets: readonly string[] | null
}

function toBell({ topic, request_id: requestId, generation, bell, targets }: BellRow): Bell {
  return { topic, requestId, generation, bell, targets: targets ?? [] }
}

/** Of a bell that is called `bell`: the targets with a step that has something to be done now, or whose account is to be looked at. */
function targetsOf(tx: Sql | Tx, bell: ReturnType<Tx>) {
  return tx`case when ${bell}.topic = 'look' then (
    select array_agg(target order by target) from approval_image where approval_image.request_id = ${bell}.request_id and read_at is null
      and round = (select max(round) from approval where approval.request_id = ${bell}.request_id))
  else (
    select array_agg(target order by target) from step where step.request_id = ${bell}.request_id
      and ${tx.json(claimable)}::jsonb -> ${bell}.topic ? step.state
      and (${bell}.topic = 'probe' or step.deaths < ${deadlyAfter})
      and (${bell}.topic <> 'undo' or step.retry_at is null or step.retry_at <= clock_timestamp())
      and (${bell}.topic <> 'apply' or step.plan ->> 'phase' is distinct from 'last' or ${isMainDone(tx)})) end`
}

/**
 * The bells last rung for requests whose wake-up has come, the earliest first; without those that are to be rung whatever the queue holds: they
 * were hurried, the holder of a step is overdue, or nobody serves the queue of a step because its target is gone.
 */
export async function readDue(sql: Sql, limit: number): Promise<readonly Bell[]> {
  const rows = await sql<BellRow[]>`
    with due as (
      select id as request_id, generation, bell, wake_at, ${sql.json(rungAsByState)}::jsonb ->> state as topic
      from request where wake_at < clock_timestamp() and state = any(${[...wakeable]}::text[])
        and not ring_anyway and not exists (
          select from step where step.request_id = request.id
            and (step.lease_until < clock_timestamp() or not exists (select from target where target.name = step.target)))
      order by wake_at limit ${limit})
    select due.*, ${targetsOf(sql, sql`due`)} as targets from due order by wake_at`
  return rows.map(toBell)
}

/** Of a step that is called `step`: every step of the main phase is where the last one may follow. */
export function isMainDone(tx: Sql | Tx) {
  return tx`not exists (
    select from step main where main.request_id = step.request_id and main.plan ->> 'phase' is distinct from 'last'
      and not ${tx.json(passed)}::jsonb -> (main.plan ->> 'onFailure') ? main.state)`
}

const rungAsByState = Object.fromEntries(wakeable.map((state) => [state, rungAs(state)]))

export interface Wake {
  readonly limit: number
  /** Last bells whose jobs the queue still holds: they have their turn to come, and are not rung again. */
  readonly queued?: readonly Pick<Bell, 'requestId' | 'bell'>[]
}

/**
 * Rings again for every request whose wake-up has come: jobs are gone, a worker died, a target was down. Those that wait behind another are
 * only looked at. Answers how many it rang for.
 */
export const wake: Statement<Wake, number> = async (tx, [input], record) => {
  await recheck(tx, input?.limit ?? 100, record)
  await tendApprovals(tx, input?.limit ?? 100, record)
  await postponeParked(tx)
  await postponeQueued(tx, input?.queued ?? [])
  const rows = await tx<{ id: string; state: RequestState; generation: number; bell: number }[]>`
    update request set bell = bell + 1, ring_anyway = false, wake_at = now() + make_interval(secs => ${lookAgain.rung})
    where id in (
      select id from request where wake_at < clock_timestamp() and state = any(${[...wakeable]}::text[])
      order by wake_at limit ${input?.limit ?? 100} for update skip locked)
    returning id, state, generation, bell`
  if (rows.length === 0) return [0]
  await forgetRemoved(
    tx,
    rows.map(({ id }) => id),
    record,
  )
  const bells = rows.map(({ id, state, generation, bell }) => ({ topic: rungAs(state), request_id: id, generation, bell }))
  await tx`insert into outbox (topic, request_id, generation, bell)
    select * from jsonb_to_recordset(${asRows(tx, bells)}) as row (topic text, request_id uuid, generation int, bell int)`
  for (const row of rows)
    record.audit({
      action: 'woken',
      actor: 'reconciler',
      requestId: row.id,
      detail: { state: row.state, generation: row.generation },
    })
  record.rang()
  return [rows.length]
}

async function postponeQueued(tx: Tx, queued: NonNullable<Wake['queued']>): Promise<void> {
  if (queued.length === 0) return
  const rows = queued.map(({ requestId, bell }) => ({ id: requestId, bell }))
  await tx`
    update request set wake_at = now() + make_interval(secs => ${lookAgain.queued})
    where state = any(${[...wakeable]}::text[]) and wake_at < clock_timestamp() and id in (
      select request.id from request join jsonb_to_recordset(${asRows(tx, rows)}) as row (id uuid, bell int) using (id, bell)
      order by request.id for update of request)`
}

/** The queue engine lost its memory: all wake-ups have come. Answers how many were brought forward. */
export const wakeAll: Statement<object, number> = async (tx, inputs) => {
  const { count } = await tx`update request set wake_at = clock_timestamp(), ring_anyway = true
    where wake_at > clock_timestamp() and state in ('queued', 'running', 'rolling_back')`
  return inputs.map(() => count)
}
