/**
 * What an account goes through when its person leaves: disabled, moved and stripped in the same step, and deleted when its grace is over. Here is
 * what rules say of it, and what that makes of a step; when the day has come is the ledger's business.
 */
import type { DesiredAttribute, StepPlan } from '#core/plan.ts'
import type { Phrase } from '#core/phrase.ts'
import type { Values } from '#core/values.ts'
import * as v from 'valibot'
import { duration, toSeconds } from './durations.ts'
import { policyPhrases } from './phrases/policies.ts'

export interface LifecycleRules {
  /** Attribute → expression; written when the account is disabled. */
  readonly move: Readonly<Record<string, string>>
  readonly strip: {
    /** ours: groups that the rules gave; all: every group, whoever put the account there; null: none. */
    readonly memberships: 'ours' | 'all' | null
    readonly attributes: readonly string[]
  }
  /** null: never deleted by itself. */
  readonly graceSeconds: number | null
  /** What a deletion by the source means here. */
  readonly onDelete: 'immediately' | 'after-grace'
}

/** @param schemas the words for names and expressions that the whole document uses */
export function lifecycleDocument<
  Name extends v.GenericSchema<string, string>,
  Expression extends v.GenericSchema<string, string>,
>(attributeName: Name, expression: Expression) {
  return v.pipe(
    v.strictObject({
      onDisable: v.optional(
        v.strictObject({
          move: v.optional(
            v.pipe(
              v.record(attributeName, expression),
              v.description('Attributes and the values they have while the account is disabled; `attributes` gives them back.'),
            ),
          ),
          strip: v.optional(
            v.strictObject({
              memberships: v.optional(
                v.pipe(
                  v.picklist(['ours', 'all']),
                  v.description(
                    'ours: leaves the groups that these rules gave; all: every group, whoever put the account there.',
                  ),
                ),
              ),
              attributes: v.optional(
                v.pipe(
                  v.array(attributeName),
                  v.minLength(1, policyPhrases.nameOne.en),
                  v.description('Attributes that are cleared.'),
                ),
              ),
            }),
          ),
        }),
      ),
      deleteAfter: v.optional(
        duration(
          'The grace: so long after it was disabled the account is deleted, unless the person returns. Absent: never.',
          3_660,
          policyPhrases.longGrace,
        ),
      ),
      onDelete: v.optional(
        v.pipe(
          v.picklist(['immediately', 'after-grace']),
          v.description(
            'What a deletion by the source means here: at once (default), or disabled now and deleted after the grace.',
          ),
        ),
      ),
    }),
    v.check(
      ({ onDelete, deleteAfter }) => onDelete !== 'after-grace' || deleteAfter !== undefined,
      policyPhrases.graceMissing.en,
    ),
    v.description('What the account goes through when its person leaves.'),
  )
}
export type LifecycleDocument = v.InferOutput<ReturnType<typeof lifecycleDocument>>

export function toLifecycle({ onDisable, deleteAfter, onDelete }: LifecycleDocument): LifecycleRules {
  return {
    move: onDisable?.move ?? {},
    strip: { memberships: onDisable?.strip?.memberships ?? null, attributes: onDisable?.strip?.attributes ?? [] },
    graceSeconds: deleteAfter === undefined ? null : toSeconds(deleteAfter),
    onDelete: onDelete ?? 'immediately',
  }
}

export function movePath(target: string, attribute: string): string {
  return `targets.${target}.lifecycle.onDisable.move.${attribute}`
}

/** What a deletion that was asked for does to an account. */
export function deletionOf(rules: LifecycleRules | undefined, isOver: boolean): 'delete' | 'disable' {
  return !isOver && rules?.onDelete === 'after-grace' ? 'disable' : 'delete'
}

/** A step that disables an account, with what else its rules want of it then. */
export function withLeaving(
  step: StepPlan,
  rules: LifecycleRules | undefined,
  previousGroups: readonly string[],
  valuesOf: (attribute: string) => Values,
): StepPlan {
  if (rules === undefined) return step
  const { move, strip, graceSeconds } = rules
  const cleared = strip.attributes.map((name) => [name, strong([])] as const)
  const moved = Object.keys(move).map((name) => [name, strong(valuesOf(name))] as const)
  const remove = strip.memberships === null ? [] : [...new Set(previousGroups)].toSorted()
  return {
    ...step,
    attributes: Object.fromEntries([...cleared, ...moved]),
    memberships: { add: [], remove, ...(strip.memberships === 'all' && { all: true as const }) },
    ...(graceSeconds !== null && { graceSeconds }),
  }
}

/** A step for an account that is and stays disabled: what was moved and stripped stays so until the person returns. Null when nothing is left to do. */
export function whileAway(step: StepPlan, rules: LifecycleRules | undefined): StepPlan | null {
  if (rules === undefined) return step
  const untouched = new Set([...Object.keys(rules.move), ...rules.strip.attributes])
  const attributes = Object.fromEntries(Object.entries(step.attributes).filter(([name]) => !untouched.has(name)))
  const memberships = rules.strip.memberships === null ? step.memberships : { add: [], remove: [] }
  const isEmpty = step.operation === 'membership' && memberships.add.length + memberships.remove.length === 0
  return isEmpty ? null : { ...step, attributes, memberships }
}

const strong = (values: Values): DesiredAttribute => ({ values, strength: 'strong', multivalued: 'replace' })

/** What is wrong with the attributes that a lifecycle names: the path below `lifecycle`, what is wrong, what to do. */
export function lifecycleProblems(
  { move, strip }: LifecycleRules,
  attributes: Readonly<Record<string, { readonly strength: string; readonly secret: boolean }>>,
): readonly { readonly path: readonly string[]; readonly phrase: Phrase; readonly advice: Phrase }[] {
  const moved = Object.keys(move).flatMap((name) => {
    const rule = attributes[name]
    if (rule?.strength === 'strong' && !rule.secret) return []
    return [
      {
        path: ['onDisable', 'move', name],
        phrase: policyPhrases.movedForGood({ name }),
        advice: policyPhrases.giveRule,
      },
    ]
  })
  const both = strip.attributes.flatMap((name, index) =>
    name in move
      ? [
          {
            path: ['onDisable', 'strip', 'attributes', String(index)],
            phrase: policyPhrases.movedAndStripped({ name }),
            advice: policyPhrases.chooseOne,
          },
        ]
      : [],
  )
  return [...moved, ...both]
}
