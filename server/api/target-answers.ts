/** The answers about targets as schemas, for the API's description; `answers.ts` passes them on. */
import * as v from 'valibot'
import { connectionChecks } from '#connectors/kit/connector.ts'
import type * as types from './target-types.ts'
import { about, code, failurePolicy, targetCondition, time, whole } from './answer-parts.ts'
import { phraseCodes } from './phrase-codes.ts'

export const Target = v.pipe(
  v.object({
    name: v.string(),
    connector: v.string(),
    title: v.object({ en: v.string(), fr: v.string() }),
    onFailure: failurePolicy,
    state: v.pipe(
      targetCondition,
      v.description(
        'open: it failed too often and is left alone; half_open: one step is trying; maintenance: a person switched it off.',
      ),
    ),
    since: v.pipe(v.nullable(time), v.description('Since when; null when nothing ever happened to it.')),
    until: v.pipe(v.nullable(time), v.description('open: when one step tries again.')),
    maintenance: v.nullable(v.object({ reason: v.string(), by: v.string(), since: time })),
    queued: v.pipe(whole, v.description('Steps that wait, those behind others of their identity included.')),
    running: v.pipe(whole, v.description('Steps that a worker is carrying out.')),
    oldestWaitingSeconds: v.nullable(whole),
    lastError: v.pipe(
      v.nullable(v.object({ code: code('Why a call failed.'), at: time })),
      v.description('The last failure that tells of the target, not of one person’s data.'),
    ),
    limits: v.pipe(
      v.object({
        concurrency: v.nullable(whole),
        rateLimit: v.nullable(v.object({ max: whole, perMs: whole })),
        breaker: v.object({ failures: whole, openForMs: whole, atMostMs: whole }),
      }),
      v.description(
        'As configured, all workers together; a rate that is not configured is the one that the kind of system has a quota of.',
      ),
    ),
  }),
  v.description('One target, how it is doing, and what waits for it.'),
)
export const TargetList = v.object({ items: v.array(Target) })

const text = v.object({ en: v.string(), fr: v.string() })
const perChange = <What extends string>(what: v.GenericSchema<What>, description: string) =>
  v.pipe(
    v.object({ create: what, update: what, disable: what, delete: what, password: what, membership: what }),
    v.description(description),
  )

const capabilityEntries = {
  undo: perChange(
    v.picklist(['exact', 'lossy', 'reset', 'none']),
    'What an undo leaves of each change. exact: all as before; lossy: something cannot be had again; reset: of a password, one that nobody knows takes the place of the new one, and people are told; none: what was done stays.',
  ),
  idempotent: perChange(
    v.picklist(['native', 'readback', 'none']),
    'What comes of a change that reaches the system twice. native: no more than of one; readback: the gateway reads what became of the first; none: a person decides.',
  ),
  lacks: v.pipe(
    v.array(v.picklist(['rename', 'disable', 'memberships', 'passwords'])),
    v.description('What it does not have; a change that needs it is refused before anything is sent.'),
  ),
  memberships: v.pipe(
    v.nullable(v.picklist(['account', 'group', 'link'])),
    v.description(
      'Where a membership is kept: on the account, on the group, or as a record of its own; null where there are none.',
    ),
  ),
  conditionalWrite: perChange(
    v.picklist(['native', 'looked', 'none']),
    'What comes of each change when others changed the account since it was read. native: the system refuses it; looked: the connector looks just before it writes, and refuses it; none: it is written all the same.',
  ),
  nativeId: v.pipe(v.string(), v.description('What the immutable id is, such as entryUUID.')),
  concurrency: v.pipe(whole, v.description('Jobs of one process at a time.')),
  rate: v.pipe(
    v.nullable(v.object({ max: whole, perMs: whole })),
    v.description('Steps in each such time, where the system has a quota: the limit of a target that configures none.'),
  ),
  deadlineMs: v.pipe(whole, v.description('Milliseconds for one job.')),
}

export const FormField: v.GenericSchema<types.FormField> = v.pipe(
  v.object({
    name: v.string(),
    type: v.picklist(['text', 'whole', 'number', 'boolean', 'choice', 'list', 'map', 'group', 'variants', 'any']),
    label: text,
    help: v.nullable(text),
    required: v.boolean(),
    nullable: v.boolean(),
    secret: v.pipe(v.boolean(), v.description('Sealed when it is applied, and never shown again.')),
    default: v.pipe(v.unknown(), v.description('What holds when nothing is said; null when nothing does.')),
    limits: v.object({
      min: v.nullable(v.number()),
      max: v.nullable(v.number()),
      minLength: v.nullable(v.number()),
      maxLength: v.nullable(v.number()),
      pattern: v.nullable(v.string()),
    }),
    values: v.pipe(v.nullable(v.array(v.string())), v.description('What a choice is among.')),
    fields: v.pipe(v.nullable(v.array(v.lazy(() => FormField))), v.description('What a group is made of.')),
    item: v.pipe(v.nullable(v.lazy(() => FormField)), v.description('What a list holds.')),
    when: v.pipe(
      v.nullable(v.object({ field: v.string(), values: v.array(v.string()) })),
      v.description(
        'It counts, and is shown, only while the setting of this name beside it has one of these values; null: always.',
      ),
    ),
    variants: v.nullable(v.array(v.object({ label: text, fields: v.array(v.lazy(() => FormField)) }))),
  }),
  v.description('One setting of a connector, as a form shows it.'),
)

export const ConnectorKind = v.pipe(
  v.object({
    id: v.string(),
    title: text,
    fields: v.array(FormField),
    ...capabilityEntries,
  }),
  v.description('A kind of system that can be connected, what it must be told, and what it can do, undo and bear.'),
)
export const ConnectorList = v.object({ items: v.array(ConnectorKind) })

export const Phrase = v.pipe(
  v.object({
    code: v.pipe(about('What it says, from a closed list.'), v.metadata({ enum: [...phraseCodes] })),
    parameters: v.pipe(v.record(v.string(), v.string()), v.description('What stands in it, by name.')),
    en: v.string(),
    fr: v.string(),
  }),
  v.description('A sentence for people, in both languages.'),
)

export const TargetDetail = v.pipe(
  v.object({
    ...Target.entries,
    capabilities: v.pipe(
      v.nullable(v.object(capabilityEntries)),
      v.description(
        'What it can do, undo and bear: what is declared of its kind with these settings, less what it said that does not hold (survey). Null for an unknown connector.',
      ),
    ),
    survey: v.pipe(
      v.nullable(
        v.object({
          surveyedAt: time,
          system: v.pipe(v.nullable(v.string()), v.description('Its product and version, where it says them.')),
          facts: v.pipe(v.array(Phrase), v.description('What was found, for people.')),
          secretEndsAt: v.pipe(
            v.nullable(time),
            v.description('When what the gateway logs in with ends; null where it does not, or nobody says.'),
          ),
        }),
      ),
      v.description(
        'What it said of itself when it was asked last, under its present configuration: by a connection test, or by a worker, once a day. Null when nobody asked yet, or it has nothing to say: then the capabilities are as declared.',
      ),
    ),
  }),
  v.description('One target, how it is doing, what waits for it, what it can and what it says of itself.'),
)

export const TargetSettings = v.pipe(
  v.object({
    name: v.string(),
    connector: v.string(),
    config: v.record(v.string(), v.unknown()),
    secrets: v.pipe(v.record(v.string(), v.boolean()), v.description('By setting: whether it is set.')),
    revision: whole,
    capabilities: v.pipe(
      v.nullable(v.object(capabilityEntries)),
      v.description(
        'What the target can do, undo and bear with these settings, and by its own word where it was asked; null for an unknown connector.',
      ),
    ),
  }),
  v.description('A target’s settings as they are applied, without what is secret.'),
)

export const SettingsCheck = v.pipe(
  v.object({
    ok: v.boolean(),
    problems: v.array(
      v.object({
        path: v.string(),
        message: v.string(),
        phrase: v.pipe(v.nullable(Phrase), v.description('The same for people; null: the connector says it in English only.')),
      }),
    ),
    yaml: v.pipe(v.string(), v.description('The target’s entry in the configuration’s file.')),
  }),
  v.description('Whether settings are right.'),
)

export const TargetTest = v.pipe(
  v.object({
    ok: v.boolean(),
    testedAt: time,
    steps: v.array(
      v.object({
        check: v.picklist(connectionChecks),
        state: v.picklist(['passed', 'failed', 'not_tried']),
        message: v.nullable(v.string()),
        hint: v.nullable(v.string()),
        code: v.pipe(
          v.nullable(code('Why it failed.')),
          v.description('Of a step that failed; null where the error is none of the gateway’s.'),
        ),
        vendorCode: v.pipe(v.nullable(v.string()), v.description('The system’s own code, such as LDAP 49.')),
        phrase: v.pipe(
          v.nullable(Phrase),
          v.description('What was found, for people; of a step that failed, what can be done about it.'),
        ),
        milliseconds: v.nullable(whole),
      }),
    ),
  }),
  v.description('A connection test: the first step that fails ends it.'),
)

export const TargetSchema = v.pipe(
  v.object({
    readAt: time,
    attributes: v.array(
      v.object({
        name: v.string(),
        type: v.picklist(['string', 'number', 'boolean', 'date', 'binary', 'reference']),
        multivalued: v.boolean(),
        required: v.boolean(),
        readOnly: v.boolean(),
        writeOnly: v.boolean(),
        unique: v.boolean(),
        maxLength: v.nullable(whole),
        allowedValues: v.nullable(v.array(v.string())),
      }),
    ),
  }),
  v.description('What a target says of the attributes of its accounts, and when it said so.'),
)
