/**
 * What people do with reconciliations and their findings. Each of it has a reason and stands in the audit trail; what changes a target is an ordinary
 * request, with its rules, order, approvals and thresholds.
 */
import { createHash } from 'node:crypto'
import type { Sql } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import { foldKey } from '#core/ledger/identity.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { RequestKind } from '#core/plan.ts'
import { adoptOrphan, ignoreFinding, linkRepair, type FindingRecord } from '#core/reconciliations/findings.ts'
import { beginReconciliation, cancelReconciliation, readReconciliations } from '#core/reconciliations/store.ts'
import { conditionOf } from '#core/target-state.ts'
import type { TargetWatch } from '#core/target-watch.ts'
import { uuidv7 } from '#core/uuid.ts'
import type { Sources } from '../requests/sources.ts'
import type { Submissions } from '../requests/submit.ts'
import type { TargetSessions } from '../requests/target-sessions.ts'

export interface ReconciliationsDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'change'>
  readonly sessions: Pick<TargetSessions, 'open'>
  readonly submissions: Pick<Submissions, 'submit'>
  readonly sources: Pick<Sources, 'get'>
  readonly watch: Pick<TargetWatch, 'stateOf'>
}

interface Deed {
  readonly by: string
  readonly reason: string
}

export type Reconciliations = ReturnType<typeof createReconciliations>

const lookWithinMs = 10_000

export function createReconciliations(deps: ReconciliationsDeps) {
  const { sql, ledger } = deps
  return {
    /** Answers its id. Throws `conflict` when one of this target is under way. */
    async start(target: string, { by, reason }: Deed): Promise<string> {
      const id = uuidv7()
      await ledger.change(async (tx, record) => {
        if (!(await beginReconciliation(tx, { id, target, by, reason }))) throw await underWay(sql, target)
        record.audit({ action: 'reconciliation_started', actor: by, target, detail: { reconciliation: id, reason } })
      })
      return id
    },
    /** What was found stays. Throws `conflict` when it has ended. */
    async cancel(id: string, target: string, { by, reason }: Deed): Promise<void> {
      await ledger.change(async (tx, record) => {
        if (!(await cancelReconciliation(tx, id))) throw new GatewayError('conflict', 'the reconciliation has ended already')
        record.audit({ action: 'reconciliation_cancelled', actor: by, target, detail: { reconciliation: id, reason } })
      })
    },
    /** Nobody is told of it until then. */
    async ignore({ id, target, kind }: FindingRecord, until: Date, { by, reason }: Deed): Promise<void> {
      await ledger.change(async (tx, record) => {
        await ignoreFinding(tx, { id, until, by, reason })
        const detail = { finding: id, kind, until: until.toISOString(), reason }
        record.audit({ action: 'finding_ignored', actor: by, target, detail })
      })
    },
    adopt: (finding: FindingRecord, whom: Whom, deed: Deed) => adopt(deps, finding, whom, deed),
    repair: (finding: FindingRecord, deed: Deed) => repair(deps, finding, deed),
  }
}

interface Whom {
  readonly source: string
  readonly externalId: string
}

/** The account is read once more: what was listed may be gone. */
async function adopt(deps: ReconciliationsDeps, finding: FindingRecord, whom: Whom, { by, reason }: Deed): Promise<void> {
  const { id, target, kind, nativeId } = finding
  if (kind !== 'orphan') throw new GatewayError('conflict', 'only an account that belongs to nobody can be adopted')
  const condition = conditionOf(deps.watch.stateOf(target))
  if (condition !== 'ok')
    throw new GatewayError('conflict', `the target cannot be read now (${condition})`, { hint: 'try again when it is back' })
  await using driver = await deps.sessions.open(target, AbortSignal.timeout(lookWithinMs))
  const account = await driver.find({ nativeId, correlate: {} })
  if (account === null)
    throw new GatewayError('conflict', 'the account is not in the target any more', { hint: 'reconcile the target again' })
  const { label, enabled } = account
  await deps.ledger.change(async (tx, record) => {
    await adoptOrphan(tx, { findingId: id, source: whom.source, key: foldKey(whom.externalId), label, enabled })
    record.audit({ action: 'account_adopted', actor: by, target, detail: { finding: id, nativeId, source: whom.source, reason } })
  })
}

/** Answers the request. Asked twice at once it is one request, because both have the same key. */
async function repair(deps: ReconciliationsDeps, finding: FindingRecord, { by, reason }: Deed): Promise<string> {
  const { id, target, kind, identity, repairs } = finding
  if (identity === null || (kind !== 'divergent' && kind !== 'missing'))
    throw new GatewayError('conflict', 'there is nothing to repair: only what is missing or divergent can be', {
      hint: kind === 'orphan' ? 'adopt the account, or ignore it' : 'the account is as it was left',
    })
  if (finding.state === 'closed' || finding.state === 'repairing')
    throw new GatewayError(
      'conflict',
      finding.state === 'closed' ? 'the finding is closed' : 'a request that is to repair it is under way',
    )
  const source = await deps.sources.get(identity.source)
  const change = {
    ...nothing,
    kind: await kindFor(deps.sql, finding, identity.id),
    externalId: identity.externalId,
    displayName: identity.displayName,
  }
  const key = `repair ${id} ${repairs}`
  const bodyHash = createHash('sha256').update(`${key} ${change.kind}`).digest('hex')
  const { requestId } = await deps.submissions.submit({ source, change, actor: by, idempotency: { key, bodyHash } })
  await deps.ledger.change(async (tx, record) => {
    if (await linkRepair(tx, id, requestId, repairs))
      record.audit({ action: 'finding_repaired', actor: by, requestId, target, detail: { finding: id, kind, reason } })
  })
  return requestId
}

const nothing = { objectType: 'user', mode: 'partial', attributes: [], keep: [], secrets: {}, ignored: [] } as const

/** An update writes what the rules want; whether an account is enabled is a matter of its own. */
async function kindFor(sql: Sql, { kind, differences }: FindingRecord, identityId: string): Promise<RequestKind> {
  const [identity] = await sql<{ disabled: boolean }[]>`select disabled from identity where id = ${identityId}`
  if (identity?.disabled !== true) return differences.some(({ item }) => item === 'enabled') ? 'enable' : 'update'
  if (kind === 'missing')
    throw new GatewayError('conflict', 'the identity is disabled: no account is made for it', { hint: 'ignore the finding' })
  return 'disable'
}

async function underWay(sql: Sql, target: string): Promise<GatewayError> {
  const [current] = await readReconciliations(sql, { target, limit: 1 })
  return new GatewayError('conflict', 'a reconciliation of this target is under way', {
    hint: current === undefined ? 'wait until it has ended' : `look at ${current.id}, or cancel it`,
  })
}
