/** What each account of a page is: somebody's and as it was left, somebody's and changed, nobody's; or not to be judged now. */
import type { Account } from '#core/account.ts'
import type { Sql } from '#core/database.ts'
import {
  readCandidates,
  readJustGone,
  readKnownAccounts,
  readUnderWay,
  type KnownAccount,
} from '#core/reconciliations/ledger-side.ts'
import type { NewFinding } from '#core/reconciliations/reconciliation.ts'
import { withoutSeen, type ClaimedReconciliation, type JudgedPage } from '#core/reconciliations/work.ts'
import type { Attributes } from '#core/values.ts'
import type { Spelling } from '#connectors/kit/connector.ts'
import { divergences } from '#connectors/kit/divergence.ts'
import { exactSpelling, missingFrom, valuesOf } from '#connectors/kit/spelling.ts'

export async function judgePage(
  sql: Sql,
  run: ClaimedReconciliation,
  page: readonly Account[],
  spelling: Spelling = exactSpelling,
): Promise<JudgedPage> {
  const fresh = await withoutSeen(
    sql,
    run.id,
    page.map(({ nativeId }) => nativeId),
  )
  const accounts = page.filter(({ nativeId }) => fresh.has(nativeId))
  const known = new Map((await readKnownAccounts(sql, run.target, [...fresh], run.startedAt)).map((one) => [one.nativeId, one]))
  const judged = accounts.flatMap((account) => {
    const ours = known.get(account.nativeId)
    return ours === undefined ? [] : [{ ours, findings: judgeKnown(ours, account, spelling) }]
  })
  const strangers = accounts.filter(({ nativeId }) => !known.has(nativeId))
  const { orphans, busy } = await judgeStrangers(sql, run, strangers, spelling)
  const settled = judged.filter(({ ours }) => !ours.busy)
  return {
    nativeIds: accounts.map(({ nativeId }) => nativeId),
    findings: [...settled.flatMap(({ findings }) => findings), ...orphans],
    busy: [...judged.filter(({ ours }) => ours.busy).map(({ ours }) => ours.nativeId), ...busy],
    matched: settled.filter(({ findings }) => findings.every(({ kind }) => kind === 'adopted')).length,
  }
}

function judgeKnown({ identityId, adopted, applied }: KnownAccount, account: Account, spelling: Spelling): readonly NewFinding[] {
  const { nativeId, label } = account
  const about = { nativeId, label, identityId, candidateId: null }
  const differences = divergences(applied, account, spelling)
  return [
    ...(adopted ? [{ ...about, kind: 'adopted' as const, differences: [] }] : []),
    ...(differences.length > 0 ? [{ ...about, kind: 'divergent' as const, differences }] : []),
  ]
}

async function judgeStrangers(
  sql: Sql,
  run: ClaimedReconciliation,
  strangers: readonly Account[],
  spelling: Spelling,
): Promise<{ readonly orphans: readonly NewFinding[]; readonly busy: readonly string[] }> {
  if (strangers.length === 0) return { orphans: [], busy: [] }
  const ids = strangers.map(({ nativeId }) => nativeId)
  const [underWay, gone, candidates] = await Promise.all([
    readUnderWay(sql, run.target),
    readJustGone(sql, run.target, ids, run.startedAt),
    readCandidates(sql, run.target, strangers),
  ])
  const isBusy = (account: Account) =>
    gone.has(account.nativeId) || underWay.some((correlate) => isFoundBy(correlate, account, spelling))
  return {
    orphans: strangers
      .filter((account) => !isBusy(account))
      .map(({ nativeId, label }) => ({
        kind: 'orphan',
        nativeId,
        label,
        identityId: null,
        candidateId: candidates.get(nativeId) ?? null,
        differences: [],
      })),
    busy: strangers.filter(isBusy).map(({ nativeId }) => nativeId),
  }
}

function isFoundBy(correlate: Attributes, { attributes }: Account, spelling: Spelling): boolean {
  return Object.entries(correlate).every(
    ([name, values]) =>
      missingFrom(spelling, spelling.attribute(name), values, valuesOf(spelling, attributes, name)).length === 0,
  )
}
