/**
 * Claiming a step: the compare-and-set that makes an effect happen at most once. The before-image, and so the intent, is
 * durable when the claim returns, and only then may the target be called.
 */
import type { Account } from '../account.ts'
import { asRows, type Tx } from '../database.ts'
import { deadlyAfter } from '../saga/decisions.ts'
import { claimable, claimedAs, held, openFor, type Purpose } from '../saga/transitions.ts'
import type { Problem } from '../states.ts'
import { keepImageSecrets, type ImageSecrets } from './image-secrets.ts'
import { isMainDone } from './ring.ts'
import type { Recorder, Statement } from './writer.ts'

/** What a job's data holds, and nothing else: ids only. */
export interface StepRef {
  readonly requestId: string
  readonly target: string
  readonly generation: number
}

export interface Claim extends StepRef {
  /** The fence that was read with the step; another worker's claim makes this one fail. */
  readonly fence: number
  readonly purpose: Purpose
  /** Only for `apply` and only the first time: the account as it was, without its secrets. */
  readonly before?: Account | null
  /** The sealed secrets of the before-image. */
  readonly beforeSecrets?: ImageSecrets | null
  readonly leaseSeconds: number
  readonly actor: string
}

export type ClaimResult =
  | { readonly outcome: 'claimed'; readonly fence: number }
  /** Another worker was faster, or the step is no longer to be done. */
  | { readonly outcome: 'superseded' }
  /** The native account belongs to another identity. */
  | { readonly outcome: 'owned'; readonly fence: number }
  /** Workers died with this step: it is not called again before people resolved it. */
  | { readonly outcome: 'poisoned' }
  /** The account is not as it was when the request was approved: nothing was claimed, and the step is to fail. */
  | { readonly outcome: 'drifted' }

/** Looks at claims for requests that ask for approval (`guard-approval.ts`). */
export type ApprovalGuard = (tx: Tx, claims: readonly Claim[], record: Recorder) => Promise<Guarded>

export interface Guarded {
  /** What is not to be claimed, and why. */
  readonly refused: ReadonlyMap<Claim, ClaimResult>
  /** What asks for approval, and has it. */
  readonly approved: readonly Claim[]
}

const unguarded: Guarded = { refused: new Map(), approved: [] }

export function createClaim(guard: ApprovalGuard): Statement<Claim, ClaimResult> {
  return async (tx, inputs, record) => {
    // Two jobs may have read the same step and come in one batch: only the first may win.
    const firsts = new Map<string, Claim>()
    for (const input of inputs) if (!firsts.has(keyOf(input))) firsts.set(keyOf(input), input)
    const rowOf = new Map(await take(tx, [...firsts.values()]))
    const missed = () => [...firsts.values()].filter((input) => !rowOf.has(input))
    const asking = missed().filter(({ purpose }) => purpose === 'apply')
    const { refused, approved } = asking.length === 0 ? unguarded : await guard(tx, asking, record)
    if (approved.length > 0) for (const [input, row] of await take(tx, approved, true)) rowOf.set(input, row)
    await keepImageSecrets(
      tx,
      [...rowOf.keys()].map(({ beforeSecrets }) => beforeSecrets),
    )
    const poisoned = await findPoisoned(
      tx,
      missed().filter((input) => !refused.has(input)),
      record,
    )
    return inputs.map((input) => {
      const key = keyOf(input)
      const first = firsts.get(key)
      return (
        (first && refused.get(first)) ?? (poisoned.has(key) ? { outcome: 'poisoned' } : told(input, rowOf.get(input), record))
      )
    })
  }
}

function told(input: Claim, row: TakenStep | undefined, record: Recorder): ClaimResult {
  const about = { actor: input.actor, requestId: input.requestId, target: input.target }
  if (row === undefined) {
    record.audit({ ...about, action: 'superseded', detail: { generation: input.generation, purpose: input.purpose } })
    return { outcome: 'superseded' }
  }
  record.audit({
    ...about,
    action: { apply: 'claimed', undo: 'undoing', probe: 'probed' }[input.purpose],
    detail: { generation: input.generation, fence: row.fence },
  })
  record.changed(input.requestId)
  return { outcome: row.owned ? 'owned' : 'claimed', fence: row.fence }
}

interface TakenStep {
  readonly request_id: string
  readonly target: string
  readonly generation: number
  readonly fence: number
  /** The native account that was found belongs to another identity. */
  readonly owned: boolean
}

/** What is the same for every claim of a purpose, and what is null, is left out: the rows of a batch are read twice on their way. */
function toRow(input: Claim) {
  return {
    request_id: input.requestId,
    target: input.target,
    generation: input.generation,
    fence: input.fence,
    purpose: input.purpose,
    sets_before: input.before !== undefined,
    before: input.before ?? undefined,
    before_secrets: input.beforeSecrets?.id,
    lease: input.leaseSeconds,
  }
}

/**
 * The compare-and-set itself: the steps that are now ours, by the claims that took them. A request runs from its first claim on.
 * @param isApproved absent: what asks for approval is not taken
 */
async function take(tx: Tx, claims: readonly Claim[], isApproved = false): Promise<ReadonlyMap<Claim, TakenStep>> {
  const byKey = new Map(claims.map((input) => [keyOf(input), input]))
  const rows = claims.map(toRow)
  const won = await tx<TakenStep[]>`
    with won as (update step set
      state = coalesce(${of(tx, claimedAs)}, step.state), fence = step.fence + 1, deaths = step.deaths + ${diedWith(tx)},
      -- undoing is no attempt at the change
      attempts = step.attempts + (row.purpose = 'apply')::int, started_at = coalesce(step.started_at, now()),
      lease_until = clock_timestamp() + make_interval(secs => row.lease),
      called_at = case when row.sets_before then clock_timestamp() else step.called_at end,
      before = case when row.sets_before then row.before else step.before end,
      before_secrets = case when row.sets_before then row.before_secrets else step.before_secrets end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row
      (request_id uuid, target text, generation int, fence bigint, purpose text, sets_before boolean, before jsonb, before_secrets uuid, lease float),
      request
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and ${tx.json(claimable)}::jsonb -> row.purpose ? step.state and (step.lease_until is null or step.lease_until < clock_timestamp())
      and request.id = step.request_id and ${tx.json(openFor)}::jsonb -> row.purpose ? request.state
      and (row.purpose = 'probe' or step.deaths + ${diedWith(tx)} < ${deadlyAfter})
      and (row.purpose <> 'undo' or step.retry_at is null or step.retry_at <= clock_timestamp())
      and (row.purpose <> 'apply' or step.plan ->> 'phase' is distinct from 'last' or ${isMainDone(tx)})
      and (${isApproved} or row.purpose <> 'apply' or request.approvals is null and not exists (select from approval where approval.request_id = request.id))
    returning step.request_id, step.target, step.generation, step.fence, exists (
      select from account where account.target = step.target and account.native_id = row.before ->> 'nativeId' and account.identity_id <> request.identity_id) as owned),
    begun as (update request set state = 'running' from won where request.id = won.request_id and request.state = 'queued')
    select * from won`
  return new Map(
    won.flatMap((row) => {
      const input = byKey.get(
        keyOf({ requestId: row.request_id, target: row.target, generation: row.generation, fence: row.fence - 1 }),
      )
      return input === undefined ? [] : [[input, row] as const]
    }),
  )
}

/** What holds for the purpose of the claim that is called `row`. */
function of(tx: Tx, byPurpose: Readonly<Record<Purpose, string | null>>) {
  return tx`(${tx.json(byPurpose)}::jsonb ->> row.purpose)`
}

/** 1 when the step's last claim ended without a settlement: its lease ran out. */
function diedWith(tx: Tx) {
  return tx`(step.state = any(${[...held]}::text[]) and coalesce(step.lease_until < clock_timestamp(), false))::int`
}

const poison: Problem = {
  code: 'poisoned',
  message: `${deadlyAfter} workers died, or froze, while they worked on this step`,
  hint: 'look at the account in the target, then attest what is so, or have the step done again',
}

/** Of the claims that were refused, those that were so because the step kills its workers; it is marked, and waits for people. */
async function findPoisoned(tx: Tx, refused: readonly Claim[], record: Recorder): Promise<ReadonlySet<string>> {
  if (refused.length === 0) return new Set()
  const rows = refused.map(({ requestId, target, generation, fence }) => ({ request_id: requestId, target, generation, fence }))
  const marked = await tx<{ request_id: string; target: string; generation: number; fence: number }[]>`
    update step set deaths = ${deadlyAfter}, fence = step.fence + 1, lease_until = null, error = ${tx.json(poison as never)},
      state = case when step.state = 'running' then 'unknown' else step.state end
    from jsonb_to_recordset(${asRows(tx, rows)}) as row (request_id uuid, target text, generation int, fence bigint)
    where step.request_id = row.request_id and step.target = row.target and step.generation = row.generation and step.fence = row.fence
      and ${diedWith(tx)} = 1 and step.deaths + 1 >= ${deadlyAfter}
    returning step.request_id, step.target, step.generation, step.fence`
  for (const { request_id: requestId, target, generation } of marked) {
    record.changed(requestId)
    record.audit({ action: 'poisoned', actor: 'worker', requestId, target, detail: { generation, code: poison.code } })
  }
  return new Set(
    marked.map((row) =>
      keyOf({ requestId: row.request_id, target: row.target, generation: row.generation, fence: row.fence - 1 }),
    ),
  )
}

function keyOf({ requestId, target, generation, fence }: StepRef & { readonly fence: number }): string {
  return `${requestId} ${target} ${generation} ${fence}`
}
