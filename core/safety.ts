/**
 * Safety thresholds: how many accounts may be disabled or deleted in a time before people are asked. One wrong export of an IAM, or one wrong rule,
 * must not take everybody's access away. Pure: what was let through so far, and how many accounts there are, come in.
 */
import type { ApprovalNeed, Operation, StepPlan } from './plan.ts'

export const guardedOperations = ['disable', 'delete'] as const satisfies readonly Operation[]
export type GuardedOperation = (typeof guardedOperations)[number]

export interface SafetyThreshold {
  /** What people call it; unique in its rule set. */
  readonly name: string
  readonly operations: readonly GuardedOperation[]
  /** Sorted. */
  readonly targets: readonly string[]
  /** account: the accounts of each target by themselves; person: people, however many accounts each of them loses. */
  readonly per: 'account' | 'person'
  readonly withinSeconds: number
  /** null: any number. At least one of `count` and `percent` is set. */
  readonly count: number | null
  /** Of the accounts known in the target, or of the people with an account in any of the targets. */
  readonly percent: number | null
  readonly role: ApprovalNeed['role']
  readonly quorum: number
  readonly expiresSeconds: number
}

/** One place where a threshold counts: a target, or all of its targets together. */
export interface SafetyScope {
  readonly targets: readonly string[]
  readonly per: SafetyThreshold['per']
}

/** Why a threshold holds a request. Numbers and names of targets; nobody's data. */
export interface SafetyReason {
  readonly threshold: string
  readonly operations: readonly GuardedOperation[]
  readonly withinSeconds: number
  /** Where it would be exceeded. */
  readonly exceeded: readonly SafetyExcess[]
}

export interface SafetyExcess {
  /** null: people, over all the threshold's targets. */
  readonly target: string | null
  /** Let through within the time, this request not counted. */
  readonly used: number
  /** How many may be. */
  readonly limit: number
  /** How many there are in all; null when the threshold has no percent. */
  readonly known: number | null
}

/** What is known of one scope of one threshold at a moment. */
export interface SafetyUse {
  readonly used: number
  /** Read only where the threshold has a percent. */
  readonly known: number | null
}

export function scopesOf({ per, targets }: Pick<SafetyThreshold, 'per' | 'targets'>): readonly SafetyScope[] {
  return per === 'person' ? [{ per, targets }] : targets.map((target) => ({ per, targets: [target] }))
}

/**
 * How many may be let through. A percentage of few is less than one; then one is let through all the same, or a small target could never
 * lose anybody.
 */
export function limitOf({ count, percent }: Pick<SafetyThreshold, 'count' | 'percent'>, known: number | null): number {
  const share = percent === null || known === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((known * percent) / 100))
  return Math.min(count ?? Number.POSITIVE_INFINITY, share)
}

/** How much one request adds to a scope. */
export function weightOf(
  steps: readonly Pick<StepPlan, 'target' | 'operation'>[],
  threshold: SafetyThreshold,
  scope: SafetyScope,
) {
  const operations: readonly string[] = threshold.operations
  const hit = steps.filter(({ target, operation }) => scope.targets.includes(target) && operations.includes(operation))
  return scope.per === 'person' ? Math.min(1, hit.length) : hit.length
}

/** The thresholds that the request would exceed, with the numbers; empty when it may go on. */
export function exceededBy(
  steps: readonly Pick<StepPlan, 'target' | 'operation'>[],
  thresholds: readonly SafetyThreshold[],
  useOf: (threshold: SafetyThreshold, scope: SafetyScope) => SafetyUse,
): readonly ApprovalNeed[] {
  return thresholds.flatMap((threshold) => {
    const exceeded = scopesOf(threshold).flatMap((scope): SafetyExcess[] => {
      const weight = weightOf(steps, threshold, scope)
      if (weight === 0) return []
      const { used, known } = useOf(threshold, scope)
      const limit = limitOf(threshold, known)
      if (used + weight <= limit) return []
      return [
        {
          target: scope.per === 'person' ? null : (scope.targets[0] ?? null),
          used,
          limit,
          known: threshold.percent === null ? null : known,
        },
      ]
    })
    if (exceeded.length === 0) return []
    const { name, operations, withinSeconds, role, quorum, expiresSeconds } = threshold
    return [{ name, role, quorum, expiresSeconds, reason: { threshold: name, operations, withinSeconds, exceeded } }]
  })
}

/** The accounts that a request disables or deletes. */
export function guardedSteps(steps: readonly Pick<StepPlan, 'target' | 'operation'>[]) {
  return steps.filter(({ operation }) => (guardedOperations as readonly string[]).includes(operation))
}
