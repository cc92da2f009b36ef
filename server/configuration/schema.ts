/**
 * The configuration as code: which sources may speak, which targets there are, which rule sets apply. One YAML file, or a
 * folder of them; the schema is also published as JSON Schema for editors.
 */
import * as v from 'valibot'
import { Rows, tableEntries, tableName } from '#rules/index.ts'
import { limitEntries } from './limits.ts'
import { ReconcileConfig } from './reconcile.ts'
import { WebhookConfig } from './webhooks.ts'

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name holds lower-case letters, digits and hyphens, 63 at most'),
)

const Credential = v.union([
  v.strictObject({
    apiKey: v.pipe(
      v.string(),
      v.minLength(32, 'an API key has at least 32 characters'),
      v.description('Sent as `Authorization: Bearer …`.'),
    ),
  }),
  v.strictObject({
    basic: v.strictObject({
      user: v.pipe(v.string(), v.regex(/^[^:\s]{1,200}$/, 'a user name holds no colon and no blank')),
      password: v.pipe(v.string(), v.minLength(8, 'a password has at least 8 characters')),
    }),
  }),
])

const words = (description: string) =>
  v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(128))),
      v.minLength(1, 'name at least one, or leave it out'),
      v.maxLength(50),
      v.description(description),
    ),
  )

export const SourceConfig = v.strictObject({
  ruleSet: v.optional(v.pipe(name, v.description('The rule set for what this source sends.')), 'default'),
  identifiers: words(
    'Attributes that identify an object without an id of its own, the most telling first; replaces the adapter’s list.',
  ),
  objectTypes: words('Types of objects that this source may send, in lower case, such as `user`; replaces the adapter’s list.'),
  webhook: v.optional(WebhookConfig),
  credentials: v.pipe(
    v.array(Credential),
    v.minLength(1, 'a source needs at least one credential'),
    v.description('Any of them lets the source in.'),
  ),
})

export const TargetConfig = v.strictObject({
  connector: v.pipe(v.string(), v.description('The kind of system: `ldap`, `sql`, …')),
  onFailure: v.optional(
    v.pipe(
      v.picklist(['required', 'best-effort', 'hold']),
      v.description(
        'required: a failure rolls the request back; best-effort: reported; hold: waits for a person. A rule set may say otherwise.',
      ),
    ),
    'required',
  ),
  ...limitEntries,
  reconcile: v.optional(ReconcileConfig),
  config: v.pipe(v.record(v.string(), v.unknown()), v.description('The connector’s own settings; see its README.')),
})

export const LookupConfig = v.pipe(
  v.strictObject({
    ...tableEntries,
    rows: v.optional(Rows),
    file: v.optional(
      v.pipe(
        v.string(),
        v.description('A CSV of two columns, or a YAML or JSON file with description, fallback and rows; relative to this file.'),
      ),
    ),
  }),
  v.check(({ rows, file }) => (rows === undefined) !== (file === undefined), 'a table has its rows here, or in a file'),
)

const fourEyes = v.optional(
  v.pipe(
    v.boolean(),
    v.description(
      'true: a version that people wrote is published once somebody else has approved it. Files are reviewed where they are kept.',
    ),
  ),
  false,
)

const RuleSetConfig = v.union([
  v.pipe(
    v.string(),
    v.description('A file (YAML or JSON), relative to this one; the cases of rules.yaml stand in rules.cases.yaml.'),
  ),
  v.strictObject({ file: v.pipe(v.string(), v.description('The same.')), fourEyes }),
  v.strictObject({ name: v.pipe(name, v.description('A rule set that people write in the gateway.')), fourEyes }),
])

export const Configuration = v.strictObject({
  $schema: v.optional(v.string()),
  sources: v.optional(v.record(name, SourceConfig), {}),
  targets: v.optional(v.record(name, TargetConfig), {}),
  lookups: v.optional(
    v.pipe(v.record(tableName, LookupConfig), v.description('Tables that rules read by $lookup, by name.')),
    {},
  ),
  ruleSets: v.optional(v.pipe(v.array(RuleSetConfig), v.description('Files of rule sets, and what holds for them.')), []),
})

export type Configuration = v.InferOutput<typeof Configuration>
