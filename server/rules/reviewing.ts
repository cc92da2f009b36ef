/** Looking at rules: their authors send a version to others, and somebody who had no hand in it approves it or sends it back. */
import type { Ledger } from '#core/ledger/index.ts'
import { entry } from './drafting.ts'
import { lockRuleSet, versionOf } from './locked.ts'
import { requireSeen, stateAfter } from './refusals.ts'

export interface ReviewingDeps {
  readonly ledger: Pick<Ledger, 'change'>
}

interface Asked {
  readonly name: string
  readonly version: number
  readonly actor: string
  /** The revision that was looked at. */
  readonly revision?: number | undefined
}

export interface Reviewing {
  /** Throws `missing` and `conflict`. */
  submit(asked: Asked & { readonly comment: string | null }): Promise<void>
  /** Throws `missing`, `conflict`, and `forbidden` for an author. */
  review(asked: Asked & { readonly decision: 'approve' | 'reject'; readonly reason: string }): Promise<void>
}

export function createReviewing({ ledger }: ReviewingDeps): Reviewing {
  return {
    submit: ({ name, version, actor, revision, comment }) =>
      ledger.change(async (tx, record) => {
        const ruleSet = await lockRuleSet(tx, name)
        const found = versionOf(ruleSet, version)
        requireSeen(found, revision)
        const state = stateAfter(ruleSet, found, { verb: 'submit' })
        await tx`
          update rule_version set state = ${state}, comment = coalesce(${comment}::text, comment), reason = null, updated_at = clock_timestamp()
          where name = ${name} and version = ${version}`
        record.audit(entry('rule_submitted', { name, actor }, { version, hash: found.hash, reason: comment }))
      }),
    review: ({ name, version, actor, revision, decision, reason }) =>
      ledger.change(async (tx, record) => {
        const ruleSet = await lockRuleSet(tx, name)
        const found = versionOf(ruleSet, version)
        requireSeen(found, revision)
        const state = stateAfter(ruleSet, found, { verb: decision, by: actor })
        await tx`
          update rule_version set state = ${state}, reviewed_by = ${actor}, reason = ${reason}, updated_at = clock_timestamp()
          where name = ${name} and version = ${version}`
        record.audit(
          entry(
            decision === 'approve' ? 'rule_approved' : 'rule_rejected',
            { name, actor },
            { version, hash: found.hash, reason },
          ),
        )
      }),
  }
}
