/**
 * Policies of approval as people write them in a rule set, and as the planner holds them: when, and then stage after stage who must agree, how many,
 * by when, and what happens if nobody does.
 */
import type { Phrase } from '#core/phrase.ts'
import { approverRoles, barredPeople, type ApproverRole, type BarredPerson } from '#core/plan.ts'
import * as v from 'valibot'
import { duration as durationOf, toSeconds } from './durations.ts'
import { policyPhrases } from './phrases/policies.ts'

const duration = (description: string) => durationOf(description, 30, policyPhrases.longApproval)

const role = v.picklist(approverRoles)
const person = v.pipe(v.string(), v.regex(/^\S.{0,199}$/u, policyPhrases.person.en))

type Expression = v.GenericSchema<string, string>

const approverEntries = (expression: Expression) => ({
  role: v.optional(
    v.pipe(v.union([role, v.pipe(v.array(role), v.minLength(1))]), v.description('Who may agree; an administrator always may.')),
  ),
  people: v.optional(
    v.pipe(
      v.union([v.pipe(v.array(person), v.minLength(1), v.maxLength(50)), expression]),
      v.description(
        'Who may agree whatever their role is: names or e-mail addresses of people, or an expression that gives some, such as `manager`.',
      ),
    ),
  ),
})

const stageEntries = (expression: Expression) => ({
  ...approverEntries(expression),
  quorum: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(10),
      v.description('How many different people must agree. Default: 1.'),
    ),
  ),
  expires: v.optional(
    duration('After this time without agreement the request ends as expired, such as 48h. A later stage’s time begins with it.'),
  ),
  remind: v.optional(
    duration('So long before the end who did not answer is reminded. Default: when three quarters of the time are over.'),
  ),
  escalate: v.optional(
    v.pipe(
      v.strictObject({
        after: duration('When nobody has decided for so long, such as 24h.'),
        to: v.pipe(
          v.union([v.literal('refuse'), v.strictObject(approverEntries(expression))]),
          v.description('Who may agree then too; or `refuse`: the request ends as rejected.'),
        ),
      }),
      v.description('What happens when nobody decides.'),
    ),
  ),
})

interface Asked {
  readonly role?: unknown
  readonly people?: unknown
  readonly quorum?: unknown
  readonly expires?: string | undefined
  readonly remind?: unknown
  readonly escalate?: { readonly after: string } | undefined
  readonly stages?: readonly Asked[] | undefined
}

const stageKeys = ['role', 'people', 'quorum', 'expires', 'remind', 'escalate'] as const

/** What the entries do not say together, by the entry where it is to be said. */
function problemsOf(asked: Asked): readonly (readonly [key: keyof Asked, phrase: Phrase])[] {
  const { role: roles, people, expires, escalate, stages } = asked
  if (stages !== undefined)
    return stageKeys.some((key) => asked[key] !== undefined) ? [['stages', policyPhrases.stagesOrSingle]] : []
  const isLate = escalate !== undefined && expires !== undefined && toSeconds(escalate.after) >= toSeconds(expires)
  return [
    ...(roles === undefined && people === undefined ? [['role', policyPhrases.noApprover] as const] : []),
    ...(expires === undefined ? [['expires', policyPhrases.noExpiry] as const] : []),
    ...(isLate ? [['escalate', policyPhrases.lateEscalation] as const] : []),
  ]
}

const isWhole = <Input extends Asked>() =>
  v.rawCheck<Input>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const input = dataset.value as Input & Record<string, unknown>
    for (const [key, phrase] of problemsOf(input))
      addIssue({ message: phrase.en, path: [{ type: 'object', origin: 'value', input, key, value: input[key] }] })
  })

const stageSchema = (expression: Expression) => v.pipe(v.strictObject(stageEntries(expression)), isWhole())

/** @param expression the schema of an expression */
export const approvalSchema = (expression: Expression) =>
  v.pipe(
    v.strictObject({
      name: v.optional(v.pipe(v.string(), v.regex(/\S/, policyPhrases.emptyName.en), v.maxLength(100))),
      when: v.pipe(
        expression,
        v.description(
          'Whether people must agree: over the identity’s attributes, `identity`, `request` and `plan` (kind, identity, steps).',
        ),
      ),
      ...stageEntries(expression),
      stages: v.optional(
        v.pipe(
          v.array(stageSchema(expression)),
          v.minLength(1),
          v.maxLength(5),
          v.description('One after the other, instead of role, people, quorum, expires, remind and escalate beside it.'),
        ),
      ),
      fourEyes: v.optional(
        v.pipe(
          v.array(v.picklist(barredPeople)),
          v.description(
            'Who must not agree, besides whoever asked: author (wrote or published the rules), subject (whom it is about). Default: both.',
          ),
        ),
      ),
      onDrift: v.optional(
        v.pipe(
          v.picklist(['refuse', 'replan']),
          v.description(
            'When an account is no longer as it was when people were asked. refuse (default): nothing is done; replan: plan and ask anew.',
          ),
        ),
      ),
    }),
    isWhole(),
  )

const policyKeys = ['name', 'when', ...stageKeys, 'stages', 'fourEyes', 'onDrift']

/** The entries that an approval may have beside the one at this path, which begins with `approvals`. */
export function knownApprovalKeys(path: readonly string[]): readonly string[] {
  const inside = path[2] === 'stages' ? path.slice(4) : path.slice(2)
  if (inside[0] === 'escalate') return inside.length === 2 ? ['after', 'to'] : ['role', 'people']
  return path[2] === 'stages' ? stageKeys : policyKeys
}

export type ApprovalDocument = v.InferOutput<ReturnType<typeof approvalSchema>>
type StageDocument = v.InferOutput<ReturnType<typeof stageSchema>>

/** Who may agree, before it is known whom an expression gives. */
export interface ApproversRule {
  readonly roles: readonly ApproverRole[]
  /** Names, or an expression that gives some. */
  readonly people: readonly string[] | string
}

export interface StageRule extends ApproversRule {
  /** Where it stands in the document: `approvals.0`, or `approvals.0.stages.1`. */
  readonly path: string
  readonly quorum: number
  readonly expiresSeconds: number
  readonly remindSeconds: number | null
  readonly escalation: { readonly afterSeconds: number; readonly to: ApproversRule | 'refuse' } | null
}

export interface ApprovalRule {
  readonly name: string
  readonly when: string
  readonly stages: readonly StageRule[]
  /** null: as by default. */
  readonly fourEyes: readonly BarredPerson[] | null
  readonly onDrift: 'refuse' | 'replan' | null
}

export function toApprovalRules(documents: readonly ApprovalDocument[]): readonly ApprovalRule[] {
  return documents.map(({ name, when, stages, fourEyes, onDrift, ...only }, index) => ({
    name: name ?? `approval ${index + 1}`,
    when,
    stages: stages?.map((stage, number) => toStage(stage, `approvals.${index}.stages.${number}`)) ?? [
      toStage(only, `approvals.${index}`),
    ],
    fourEyes: fourEyes ?? null,
    onDrift: onDrift ?? null,
  }))
}

function toStage({ quorum, expires = '', remind, escalate, ...approvers }: StageDocument, path: string): StageRule {
  return {
    path,
    ...toApprovers(approvers),
    quorum: quorum ?? 1,
    expiresSeconds: toSeconds(expires),
    remindSeconds: remind === undefined ? null : toSeconds(remind),
    escalation:
      escalate === undefined
        ? null
        : {
            afterSeconds: toSeconds(escalate.after),
            to: escalate.to === 'refuse' ? 'refuse' : toApprovers(escalate.to),
          },
  }
}

function toApprovers({ role: roles = [], people = [] }: Pick<StageDocument, 'role' | 'people'>): ApproversRule {
  return { roles: typeof roles === 'string' ? [roles] : roles, people }
}

/** Every expression of the policies with its path, in the document's order. */
export function listApprovalExpressions(documents: readonly ApprovalDocument[]) {
  return documents.flatMap((policy, index) => {
    const at = ['approvals', String(index)]
    const stages = policy.stages?.map((stage, number) => [[...at, 'stages', String(number)], stage] as const)
    return [
      { path: [...at, 'when'], expression: policy.when },
      ...(stages ?? [[at, policy] as const]).flatMap(([path, stage]) => [
        ...peopleExpression(path, stage),
        ...(stage.escalate === undefined || stage.escalate.to === 'refuse'
          ? []
          : peopleExpression([...path, 'escalate', 'to'], stage.escalate.to)),
      ]),
    ]
  })
}

function peopleExpression(path: readonly string[], { people }: Pick<StageDocument, 'people'>) {
  return typeof people === 'string' ? [{ path: [...path, 'people'], expression: people }] : []
}
