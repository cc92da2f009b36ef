/**
 * The rule-set document as people write it, and the rule set it becomes. The document allows short forms (`mail: emailAddress`);
 * the rule set is the one complete form that the planner, the database and the API hold.
 */
import type { FailurePolicy, Strength } from '#core/plan.ts'
import type { SafetyThreshold } from '#core/safety.ts'
import * as v from 'valibot'
import { approvalSchema, knownApprovalKeys, listApprovalExpressions, type ApprovalRule } from './approval-policy.ts'
import { lifecycleDocument, toLifecycle, type LifecycleRules } from './lifecycle.ts'
import { documentPhrases } from './phrases/document.ts'
import { safetyDocument } from './safety.ts'

/** A JSONata expression. Whether it can be parsed is checked by `parse.ts`, which knows where it stands in the document. */
const expression = v.pipe(
  v.string(),
  v.regex(/\S/, documentPhrases.emptyExpression.en),
  v.maxLength(10_000),
  v.description('A JSONata expression over the identity’s attributes, `identity` and `request`.'),
)

const targetName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, documentPhrases.targetName.en))

/** Names that reach into JavaScript's own objects are nobody's attribute. */
const attributeName = v.pipe(
  v.string(),
  v.regex(/^(?!__proto__$|constructor$|prototype$)[^\s"'`]{1,128}$/u, documentPhrases.attributeName.en),
)

/** `identity.<name>` must be writable without back quotes. */
const identityName = v.pipe(
  v.string(),
  v.regex(/^(?!constructor$|prototype$)[A-Za-z][A-Za-z0-9_]{0,63}$/, documentPhrases.identityName.en),
)

const strength = v.picklist(['strong', 'weak', 'initial'])
const onNull = v.picklist(['clear', 'keep', 'error'])
const multivalued = v.picklist(['replace', 'merge'])
const existing = v.picklist(['skip', 'adopt'])
const onFailure = v.picklist(['required', 'best-effort', 'hold'])

export const LongAttribute = v.strictObject({
  value: expression,
  strength: v.optional(
    v.pipe(strength, v.description('strong: always; weak: only where the account has no value; initial: only at creation.')),
  ),
  onNull: v.optional(
    v.pipe(
      onNull,
      v.description(
        'What no value means: clear the attribute, keep it as it is, or refuse. Default: clear for strong, else keep.',
      ),
    ),
  ),
  multivalued: v.optional(v.pipe(multivalued, v.description('merge keeps the values that others put there. Default: replace.'))),
  secret: v.optional(v.pipe(v.boolean(), v.description('true: the value is a secret of the request, such as `password`.'))),
})

export const TargetDocument = v.strictObject({
  when: v.optional(v.pipe(expression, v.description('Whether the identity has an account here. Absent: always.'))),
  correlate: v.pipe(
    v.record(attributeName, expression),
    v.check((entries) => Object.keys(entries).length > 0, documentPhrases.noCorrelation.en),
    v.description('Attributes that find an account not known yet; every one of them must match.'),
  ),
  existing: v.optional(
    v.pipe(
      existing,
      v.description(
        'An account that is there already and that nothing but a name of $unique finds. skip: somebody else’s, and the name is passed over; adopt: the identity’s own. Default: skip.',
      ),
    ),
  ),
  attributes: v.optional(v.record(attributeName, v.union([expression, LongAttribute]))),
  memberships: v.optional(v.pipe(expression, v.description('The list of groups the account shall be in.'))),
  onFailure: v.optional(
    v.pipe(
      onFailure,
      v.description('required: a failure rolls the request back; best-effort: reported; hold: waits for a person.'),
    ),
  ),
  lifecycle: v.optional(lifecycleDocument(attributeName, expression)),
})

const SafetyDocument = safetyDocument(targetName)

export const ApprovalDocument = approvalSchema(expression)

export const RuleSetDocument = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, documentPhrases.ruleSetName.en)),
  version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  description: v.optional(v.union([v.string(), v.strictObject({ fr: v.string(), en: v.string() })])),
  attributes: v.optional(
    v.pipe(
      v.array(attributeName),
      v.maxLength(500),
      v.description('The attributes that identities come with: an expression that reads another one is a mistake. Absent: any.'),
    ),
  ),
  identity: v.optional(v.record(identityName, expression)),
  targets: v.pipe(
    v.record(targetName, TargetDocument),
    v.check((targets) => Object.keys(targets).length > 0, documentPhrases.noTarget.en),
  ),
  subject: v.optional(
    v.pipe(
      expression,
      v.description(
        'Whom of those who log in to the gateway a request is about: names or e-mail addresses. They do not approve it. Default: identity.login.',
      ),
    ),
  ),
  approvals: v.optional(
    v.pipe(
      v.array(ApprovalDocument),
      v.maxLength(20),
      v.description('Who must agree before a request is carried out; all that apply must.'),
    ),
  ),
  safety: v.optional(
    v.pipe(
      v.array(SafetyDocument),
      v.maxLength(20),
      v.description('How many accounts may be disabled or deleted in a time before people are asked.'),
    ),
  ),
})
export type RuleSetDocument = v.InferOutput<typeof RuleSetDocument>

/** What an attribute without a value means for the account. */
export type OnNull = v.InferOutput<typeof onNull>

export interface AttributeRule {
  readonly value: string
  readonly strength: Strength
  readonly onNull: OnNull
  readonly multivalued: 'replace' | 'merge'
  readonly secret: boolean
}

export interface TargetRules {
  /** null: always. */
  readonly when: string | null
  readonly correlate: Readonly<Record<string, string>>
  /** What an account is that nothing but a name of `$unique` finds: somebody else's, or the identity's own. */
  readonly existing: 'skip' | 'adopt'
  readonly attributes: Readonly<Record<string, AttributeRule>>
  /** null: the rule set says nothing of groups. */
  readonly memberships: string | null
  /** null: as the target's own configuration says. */
  readonly onFailure: FailurePolicy | null
  /** Absent: an account is disabled, and that is all. */
  readonly lifecycle?: LifecycleRules
}

/** A rule set, complete and checked. Plain JSON: it may be stored and read back as it is. */
export interface RuleSet {
  readonly name: string
  /** As the document says; the store numbers versions itself. */
  readonly version?: number
  readonly description?: string | { readonly fr: string; readonly en: string }
  /** Computed attributes in the order in which they must be computed. */
  readonly identity: readonly { readonly name: string; readonly value: string }[]
  readonly targets: Readonly<Record<string, TargetRules>>
  /** Whom a request is about, as an expression; absent: the computed attribute `login`. */
  readonly subject?: string
  /** In the document's order; absent when nobody is ever asked. */
  readonly approvals?: readonly ApprovalRule[]
  /** Absent when nothing is counted. */
  readonly safety?: readonly SafetyThreshold[]
  /** Path of an expression (`targets.directory.attributes.mail`) → where it stands (`default.yaml:12:11`), for messages. */
  readonly positions: Readonly<Record<string, string>>
}

const lifecycleKeys = [
  ['onDisable', 'deleteAfter', 'onDelete'],
  ['move', 'strip'],
  ['memberships', 'attributes'],
]

/** The entries that a rule set may have beside the one at this path. */
export function knownKeys(path: readonly string[]): readonly string[] {
  if (path.length === 1) return Object.keys(RuleSetDocument.entries).filter((key) => key !== '$schema')
  if (path[0] === 'description') return ['fr', 'en']
  if (path[0] === 'approvals') return knownApprovalKeys(path)
  if (path[0] === 'safety')
    return ['name', 'operations', 'targets', 'per', 'within', 'count', 'percent', 'role', 'quorum', 'expires']
  if (path[2] === 'lifecycle') return lifecycleKeys[path.length - 4] ?? []
  return Object.keys(path.length === 3 ? TargetDocument.entries : LongAttribute.entries)
}

/** Every expression of a document with its path, in the document's order. */
export function listExpressions(document: RuleSetDocument): { readonly path: readonly string[]; readonly expression: string }[] {
  const listed: { path: readonly string[]; expression: string }[] = []
  for (const [name, expression] of Object.entries(document.identity ?? {})) listed.push({ path: ['identity', name], expression })
  for (const [name, target] of Object.entries(document.targets)) {
    const at = ['targets', name]
    if (target.when !== undefined) listed.push({ path: [...at, 'when'], expression: target.when })
    for (const [key, expression] of Object.entries(target.correlate)) listed.push({ path: [...at, 'correlate', key], expression })
    for (const [key, rule] of Object.entries(target.attributes ?? {})) {
      const path = [...at, 'attributes', key]
      listed.push(typeof rule === 'string' ? { path, expression: rule } : { path: [...path, 'value'], expression: rule.value })
    }
    if (target.memberships !== undefined) listed.push({ path: [...at, 'memberships'], expression: target.memberships })
    for (const [key, expression] of Object.entries(target.lifecycle?.onDisable?.move ?? {}))
      listed.push({ path: [...at, 'lifecycle', 'onDisable', 'move', key], expression })
  }
  if (document.subject !== undefined) listed.push({ path: ['subject'], expression: document.subject })
  return [...listed, ...listApprovalExpressions(document.approvals ?? [])]
}

/** Fills in what the document left to the defaults. The order of computed attributes is the caller's to find. */
export function toTargetRules(document: v.InferOutput<typeof TargetDocument>): TargetRules {
  const attributes: Record<string, AttributeRule> = {}
  for (const [name, short] of Object.entries(document.attributes ?? {})) {
    const long = typeof short === 'string' ? { value: short } : short
    const force = long.strength ?? 'strong'
    attributes[name] = {
      value: long.value,
      strength: force,
      onNull: long.onNull ?? (force === 'strong' ? 'clear' : 'keep'),
      multivalued: long.multivalued ?? 'replace',
      secret: long.secret ?? false,
    }
  }
  return {
    when: document.when ?? null,
    correlate: document.correlate,
    existing: document.existing ?? 'skip',
    attributes,
    memberships: document.memberships ?? null,
    onFailure: document.onFailure ?? null,
    ...(document.lifecycle !== undefined && { lifecycle: toLifecycle(document.lifecycle) }),
  }
}
