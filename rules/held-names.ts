/**
 * Where a name that is being made up will stand, and how the identity's own account would be told from a stranger's that holds it: what is asked of the
 * targets before anything is written.
 */
import type { Attributes } from '#core/values.ts'
import { isGatewayError } from '#core/errors.ts'
import type { UniqueQuestion } from './functions/unique.ts'
import { evidenceFor } from './invented-names.ts'
import type { PlanInput } from './planner.ts'
import { correlatePath, type Job, type Program } from './program.ts'
import type { Sandbox } from './sandbox/index.ts'
import { toValues } from './values.ts'

/** A target where the value will stand and whose accounts the gateway does not know all: one may be there already that holds it. */
export interface HeldName {
  readonly target: string
  /** The attributes that hold the value; any of them may be taken. */
  readonly attributes: readonly string[]
  /** What the identity's own account would hold besides, so that it is not taken for a stranger's; null when nothing tells. */
  evidence(): Promise<Attributes | null>
}

/**
 * Targets among the namespaces that may hold the name for somebody else. An identity that has an account in one of them keeps the name it has: that one
 * of the others holds it too is then for people to solve, and its step fails.
 */
export function heldNames(
  { slots, invented }: Program,
  { namespaces }: UniqueQuestion,
  slot: number,
  { accounts }: PlanInput,
): readonly Omit<HeldName, 'evidence'>[] {
  const name = slots[slot]?.store ?? null
  if (invented === undefined || name === null || accounts.some((target) => namespaces.includes(target))) return []
  return [...(invented.held.get(name) ?? [])]
    .filter(([target]) => namespaces.includes(target))
    .map(([target, attributes]) => ({ target, attributes }))
}

/** What the target's rules find the account by, besides made-up names; null when there is nothing, or when it cannot be computed. */
export async function evidenceOf(sandbox: Sandbox, program: Program, job: Job, target: string): Promise<Attributes | null> {
  const { invented, numbers, slots } = program
  const names = invented === undefined ? [] : evidenceFor(invented, target)
  if (names.length === 0) return null
  const computed = slots.flatMap(({ store }, number) =>
    store !== null && invented?.attributes.has(store) === false ? [number] : [],
  )
  const asked = names.map((name) => numbers.get(correlatePath(target, name)) ?? -1)
  const numbersOf = [...computed, ...asked]
  try {
    const results = await sandbox.evaluate(program, { ...job, slots: numbersOf, guards: numbersOf.map(() => -1) }, () =>
      Promise.resolve(null),
    )
    const values = names.map((name, index) => [name, toValues(results[computed.length + index])] as const)
    return values.every(([, found]) => found.length > 0) ? Object.fromEntries(values) : null
  } catch (error) {
    // What the rules cannot compute they will refuse for themselves.
    if (isGatewayError(error)) return null
    throw error
  }
}
