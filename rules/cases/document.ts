/**
 * Tests of a rule set, as data beside it: who comes, and what the rules shall make of them. They are written by those who write the rules.
 */
import * as v from 'valibot'
import { requestKinds } from '#core/plan.ts'
import type { Attributes, Scalar, Values } from '#core/values.ts'
import { Rows, tableName, toLookupTable, type LookupTables } from '../lookups/table.ts'
import { documentPhrases } from '../phrases/document.ts'
import type { PlanInput } from '../planner.ts'
import { readAs } from '../reading.ts'

const text = v.pipe(v.string(), v.regex(/\S/, documentPhrases.emptyText.en), v.maxLength(1_000))
const scalar = v.union([v.string(), v.number(), v.boolean()])
/** null and the empty list: no value. */
const values = v.union([v.null(), scalar, v.array(scalar)])
const attributes = v.record(v.string(), values)

export const GivenDocument = v.strictObject({
  kind: v.optional(v.pipe(v.picklist(requestKinds), v.description('What is asked for. Default: create.'))),
  source: v.optional(text),
  externalId: v.optional(text),
  attributes: v.optional(v.pipe(attributes, v.description('The identity’s attributes: a value, a list, or null for none.'))),
  secrets: v.optional(v.pipe(v.array(text), v.description('Names of the secrets that come with the request.'))),
  accounts: v.optional(v.pipe(v.array(text), v.description('Targets where the identity has an account already.'))),
  disabled: v.optional(v.boolean()),
  memberships: v.optional(
    v.pipe(v.record(v.string(), v.array(text)), v.description('By target, the groups that the last plan gave.')),
  ),
  taken: v.optional(v.pipe(v.array(text), v.description('Values that others hold, so that $unique must find another one.'))),
})

const TargetExpectation = v.strictObject({
  operation: v.optional(v.picklist(['create', 'update', 'enable', 'disable', 'delete', 'password', 'membership'])),
  attributes: v.optional(v.pipe(attributes, v.description('null: no value, and so cleared or left alone.'))),
  join: v.optional(v.pipe(v.array(text), v.description('Groups that are joined: these and no others.'))),
  leave: v.optional(v.pipe(v.array(text), v.description('Groups that are left: these and no others.'))),
  secrets: v.optional(v.pipe(v.array(text), v.description('Attributes that a secret fills: these and no others.'))),
})

const ExpectDocument = v.strictObject({
  identity: v.optional(v.pipe(attributes, v.description('Computed attributes.'))),
  targets: v.optional(
    v.record(v.string(), v.union([v.pipe(v.null(), v.description('Nothing is done there.')), TargetExpectation])),
  ),
  approvals: v.optional(v.pipe(v.array(text), v.description('Names of the approvals that are asked for: these and no others.'))),
  error: v.optional(v.pipe(text, v.description('The rules refuse, and their message holds this text.'))),
})

const CaseDocument = v.strictObject({ name: text, given: v.optional(GivenDocument), expect: ExpectDocument })

/** Tables of the cases' own, by name: what they test shall not change when somebody edits the real ones. */
const LookupsDocument = v.pipe(
  v.record(tableName, Rows),
  v.description('Lookup tables for these cases, by name: key → value. They take the place of those that are stored.'),
)

export const CasesDocument = v.strictObject({
  $schema: v.optional(v.string()),
  lookups: v.optional(LookupsDocument),
  cases: v.pipe(v.array(CaseDocument), v.minLength(1, documentPhrases.noCase.en), v.maxLength(5_000)),
})

export interface Expectation {
  readonly identity: Attributes
  /** null: nothing is done there. */
  readonly targets: Readonly<Record<string, ExpectedStep | null>>
  readonly approvals: readonly string[] | null
  readonly error: string | null
}

export interface ExpectedStep {
  readonly operation: string | null
  readonly attributes: Attributes
  readonly join: readonly string[] | null
  readonly leave: readonly string[] | null
  readonly secrets: readonly string[] | null
}

export interface RuleCase {
  readonly name: string
  /** `file:line:column`. */
  readonly at: string
  readonly given: Required<
    Pick<PlanInput, 'kind' | 'source' | 'externalId' | 'attributes' | 'secrets' | 'accounts' | 'disabled' | 'lookups'>
  > & {
    /** By target, the groups that the last plan gave. */
    readonly memberships: Readonly<Record<string, readonly string[]>>
    /** Values that others hold. */
    readonly taken: readonly string[]
  }
  readonly expect: Expectation
}

const endings = ['.yaml', '.yml', '.json']

/** Where the cases of a rule set's file may stand: those of `default.yaml` in `default.cases.yaml`, beside it. The first is the usual one. */
export function casesBeside(file: string): readonly string[] {
  return endings.map((ending) => `${file.replace(/\.(ya?ml|json)$/, '')}.cases${ending}`)
}

/** Reads cases from YAML or JSON text. Throws RuleSetError (`unprocessable`) with all the problems found. */
export function parseCases(source: string, { file }: { readonly file: string }): readonly RuleCase[] {
  const { document, places, report } = readAs(CasesDocument, source, { file, knownKeys })
  const tables = Object.entries(document.lookups ?? {}).map(([name, rows]) => [name, toLookupTable({ rows }, 0)] as const)
  const lookups = Object.fromEntries(tables)
  return document.cases.map((one, index) => toCase(one, lookups, report.at(places.ofValue(['cases', String(index), 'name']))))
}

function toCase({ name, given = {}, expect }: v.InferOutput<typeof CaseDocument>, lookups: LookupTables, at: string): RuleCase {
  const targets = Object.entries(expect.targets ?? {}).map(
    ([target, step]) => [target, step === null ? null : toStep(step)] as const,
  )
  return {
    name,
    at,
    given: toGiven(given, lookups),
    expect: {
      identity: toAttributes(expect.identity),
      targets: Object.fromEntries(targets),
      approvals: expect.approvals ?? null,
      error: expect.error ?? null,
    },
  }
}

/** Fills in what was left to the defaults. `lookups`: the tables that stand beside the cases. */
export function toGiven(given: v.InferOutput<typeof GivenDocument>, lookups: LookupTables): RuleCase['given'] {
  return {
    kind: given.kind ?? 'create',
    source: given.source ?? 'test',
    externalId: given.externalId ?? 'test',
    attributes: toAttributes(given.attributes),
    secrets: given.secrets ?? [],
    accounts: given.accounts ?? [],
    disabled: given.disabled ?? false,
    lookups,
    memberships: given.memberships ?? {},
    taken: given.taken ?? [],
  }
}

function toStep({
  operation,
  attributes: expected,
  join,
  leave,
  secrets,
}: v.InferOutput<typeof TargetExpectation>): ExpectedStep {
  return {
    operation: operation ?? null,
    attributes: toAttributes(expected),
    join: join ?? null,
    leave: leave ?? null,
    secrets: secrets ?? null,
  }
}

function toAttributes(document: Readonly<Record<string, Scalar | readonly Scalar[] | null>> | undefined): Attributes {
  return Object.fromEntries(Object.entries(document ?? {}).map(([name, value]) => [name, toList(value)]))
}

function toList(value: Scalar | readonly Scalar[] | null): Values {
  return value === null ? [] : Array.isArray(value) ? value : [value as Scalar]
}

function knownKeys(path: readonly string[]): readonly string[] {
  if (path.length === 1) return ['lookups', 'cases']
  if (path.length === 3) return Object.keys(CaseDocument.entries)
  if (path[2] === 'given') return Object.keys(GivenDocument.entries)
  return Object.keys(path.length === 4 ? ExpectDocument.entries : TargetExpectation.entries)
}
