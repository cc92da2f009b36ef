/**
 * The answers of the HTTP API as schemas, so that its published description is made from something a machine can hold real answers
 * against. `types.ts` says the same as plain types, which is all that the dashboard may import; `answers.test.ts` proves them equal.
 */
import * as v from 'valibot'
import { requestKinds } from '#core/plan.ts'
import { attestable, verbs } from '#core/saga/verbs.ts'
import { requestStates, stepStates } from '#core/states.ts'
import { about, code, failurePolicy, id, pageOf, targetCondition, time, whole } from './answer-parts.ts'
import { ApprovalNeed } from './approval-need-answer.ts'
import { Phrase } from './target-answers.ts'
import { roles } from './types.ts'

export * from './lookup-answers.ts'
export * from './target-answers.ts'

export const Scalar = v.union([v.string(), v.number(), v.boolean()])

export const Values = v.pipe(v.array(Scalar), v.description('All values of one attribute; empty when it has none.'))
export const Attributes = v.pipe(v.record(v.string(), Values), v.description('Attributes by name.'))
const Memberships = v.object({ add: v.array(v.string()), remove: v.array(v.string()) })

export const Account = v.pipe(
  v.object({
    nativeId: about('Immutable in its target: entryUUID, primary key. Never a DN or a login.'),
    label: about('What a person would call the account: a DN, table/key, a login.'),
    enabled: v.boolean(),
    attributes: Attributes,
    memberships: v.array(v.string()),
    secrets: v.exactOptional(
      v.pipe(v.record(v.string(), v.string()), v.description('Never in an answer: sealed in the ledger.')),
    ),
    version: v.exactOptional(about('The target’s own mark of this state, where it has one.')),
  }),
  v.description('A complete image of one account, as its target held it. Secrets never stand in it.'),
)

export const Writes = v.pipe(
  v.object({
    attributes: v.array(
      v.object({ attribute: v.string(), before: Values, after: Values, multivalued: v.picklist(['replace', 'merge']) }),
    ),
    enabled: v.nullable(v.object({ before: v.boolean(), after: v.boolean() })),
    memberships: Memberships,
    secrets: v.pipe(v.array(v.string()), v.description('Names of the attributes whose secret is set.')),
  }),
  v.description('Everything one step writes to an account.'),
)

export const Difference = v.pipe(
  v.object({ item: v.string(), expected: v.array(Scalar), found: v.array(Scalar) }),
  v.description('A place where the target is not as the gateway left it.'),
)

export const Problem = v.pipe(
  v.object({
    code: code('Why it failed; a closed list.'),
    message: v.string(),
    target: v.exactOptional(v.string()),
    hint: v.exactOptional(about('What the reader can do about it.')),
    vendorCode: v.exactOptional(about('The target’s own code, such as LDAP 68 or SQLSTATE 23505.')),
    phrase: v.exactOptional(Phrase),
    advice: v.exactOptional(Phrase),
  }),
  v.description(
    'Why a request or a step failed; phrase and advice: message and hint for people, where they are from a list. Never holds a value.',
  ),
)

export const WaitingFor = v.pipe(
  v.object({
    target: v.string(),
    state: v.picklist(['open', 'half_open', 'maintenance']),
    until: v.pipe(v.nullable(time), v.description('When a step may try again; null when nobody can say.')),
    message: v.string(),
  }),
  v.description('A target that is not called now.'),
)

export const RequestSummary = v.pipe(
  v.object({
    id,
    state: v.picklist(requestStates),
    kind: v.picklist(requestKinds),
    source: v.string(),
    externalId: about('The source’s own id of the identity.'),
    displayName: v.pipe(v.nullable(v.string()), v.description('How people call the identity; null when nobody said.')),
    generation: v.pipe(v.number(), v.integer(), v.description('1, and one more with every retry.')),
    receivedAt: time,
    settledAt: v.nullable(time),
    steps: v.array(v.object({ target: v.string(), state: v.picklist(stepStates) })),
    problem: v.nullable(Problem),
    waitingFor: v.pipe(
      v.array(WaitingFor),
      v.description('The parked targets that are all it waits for; empty when something else can still be done.'),
    ),
  }),
  v.description('One request, as in the list.'),
)

export const Plan = v.pipe(
  v.object({
    ruleSet: v.object({ name: v.string(), version: v.number() }),
    identity: Attributes,
    steps: v.array(
      v.object({
        target: v.string(),
        operation: v.picklist(requestKinds),
        correlate: Attributes,
        attributes: v.record(
          v.string(),
          v.object({
            values: Values,
            strength: v.picklist(['strong', 'weak', 'initial']),
            multivalued: v.picklist(['replace', 'merge']),
          }),
        ),
        memberships: v.object({
          ...Memberships.entries,
          all: v.exactOptional(
            v.pipe(v.literal(true), v.description('Every group that the account is in is left, whoever put it there.')),
          ),
        }),
        secrets: v.pipe(v.record(v.string(), v.string()), v.description('Attribute → name of the secret that fills it.')),
        onFailure: failurePolicy,
        phase: v.exactOptional(
          v.pipe(
            v.picklist(['main', 'last']),
            v.description('last: cannot be undone, so it is done when everything else is. Absent: main.'),
          ),
        ),
        graceSeconds: v.exactOptional(
          v.pipe(whole, v.description('The account is deleted so long after it was disabled, unless the person returns.')),
        ),
        adopts: v.exactOptional(
          v.pipe(v.literal(false), v.description('An account that is there already is somebody else’s, and the step fails.')),
        ),
      }),
    ),
    lookups: v.exactOptional(
      v.pipe(v.record(v.string(), v.number()), v.description('The lookup tables that its rules read, and in which versions.')),
    ),
    approvals: v.exactOptional(
      v.pipe(v.array(ApprovalNeed), v.description('Who must agree before the plan is carried out; absent when nobody has to.')),
    ),
    hash: about('SHA-256, in hex, over the canonical JSON of the plan.'),
  }),
  v.description('What the rules made of a request: one step per target.'),
)

export const StepDetail = v.pipe(
  v.object({
    target: v.string(),
    connector: v.string(),
    operation: v.picklist(requestKinds),
    state: v.picklist(stepStates),
    onFailure: failurePolicy,
    attempts: v.number(),
    startedAt: v.nullable(time),
    settledAt: v.nullable(time),
    disposition: v.nullable(v.picklist(['created', 'adopted', 'changed', 'deleted', 'noop'])),
    nativeId: v.nullable(v.string()),
    label: v.nullable(v.string()),
    before: v.nullable(Account),
    after: v.nullable(Account),
    writes: v.nullable(Writes),
    error: v.nullable(Problem),
    differences: v.pipe(v.array(Difference), v.description('What a stuck undo found instead of what the gateway left.')),
    statements: v.pipe(
      v.array(v.object({ person: v.string(), outcome: v.picklist(attestable), reason: v.string(), at: time })),
      v.description('What people stated of the step as it is now; it counts when two say the same.'),
    ),
  }),
  v.description('What became of one step.'),
)

export const RequestDetail = v.pipe(
  v.object({
    ...RequestSummary.entries,
    plan: Plan,
    details: v.array(StepDetail),
    verbs: v.pipe(v.array(v.picklist(verbs)), v.description('What people with the right to it can do with the request now.')),
    supersededBy: v.pipe(v.nullable(id), v.description('The newer request that asks for all that this one asked for.')),
  }),
  v.description('One request with its plan and its steps.'),
)

export const RequestPage = pageOf(RequestSummary, 'One page of requests, the newest first.')

export const RequestEvent = v.pipe(
  v.object({
    seq: v.number(),
    at: time,
    action: about('accepted, claimed, applied, failed, unknown, superseded, decided, undoing, undone, kept, stuck …'),
    actor: v.string(),
    targets: v.pipe(v.array(v.string()), v.description('What happened alike in several targets at once is one event.')),
    detail: v.record(v.string(), v.nullable(Scalar)),
  }),
  v.description('One line of a request’s history, from the audit trail.'),
)

export const RequestHistory = v.object({ items: v.array(RequestEvent) })

export const LiveEvent = v.variant('type', [
  v.object({ type: v.literal('request'), request: RequestSummary }),
  v.object({ type: v.literal('step'), requestId: id, target: v.string(), state: v.picklist(stepStates) }),
  v.object({ type: v.literal('target'), name: v.string(), state: targetCondition }),
])

export const ProblemDetails = v.pipe(
  v.object({
    type: about('urn:passerelle:problem: and the code.'),
    title: v.string(),
    status: v.pipe(v.number(), v.integer()),
    detail: v.string(),
    code: code('What programs decide on; a closed list.'),
    errors: v.exactOptional(
      v.array(v.object({ pointer: about('Where in the body (JSON pointer, RFC 6901).'), message: v.string() })),
    ),
    hint: v.exactOptional(about('What the reader can do about it.')),
    phrase: v.exactOptional(Phrase),
    advice: v.exactOptional(Phrase),
  }),
  v.description(
    'Why a call was refused (RFC 9457); phrase and advice: detail and hint for people, where they are from a list. Never holds a value of the body.',
  ),
)

export const RefusedRequest = v.pipe(
  v.object({ ...RequestDetail.entries, ...ProblemDetails.entries }),
  v.description('A request that was accepted and ended without success: problem details, and the whole request beside them.'),
)

export const Batch = v.pipe(
  v.object({
    items: v.array(
      v.union([
        RequestSummary,
        v.object({ externalId: v.string(), problem: v.object({ code: code('Why it was not accepted.'), message: v.string() }) }),
      ]),
    ),
  }),
  v.description('What became of each change of a body that holds several: the request it is now, or why it was not accepted.'),
)

export const Me = v.pipe(
  v.object({ name: v.string(), role: v.picklist(roles), locale: v.nullable(v.picklist(['fr', 'en'])) }),
  v.description('Who is logged in.'),
)

export const Health = v.object({ status: v.literal('ok') })
export const Readiness = v.object({ status: v.picklist(['ready', 'not ready']), database: v.boolean(), open: v.boolean() })
