/** The gateway's own format: the body of `POST /api/v1/requests`, as a schema that also documents itself, and what it means. */
import * as v from 'valibot'
import { GatewayError } from '#core/errors.ts'
import { requestKinds, type RequestKind } from '#core/plan.ts'
import type { Values } from '#core/values.ts'
import { didYouMean, nearOrKnown } from '#rules/hints.ts'
import { distinct, type AttributeDelta, type IncomingChange } from './adapter.ts'
import { isSecretName } from './secret-names.ts'

const limits = { id: 512, name: 128, text: 64 * 1024, secret: 1024, values: 1000, names: 500 } as const

// oxlint-disable no-control-regex -- control characters are what these two patterns refuse
const Name = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(limits.name, `must have at most ${limits.name} characters`),
  v.regex(
    /^[^\s\u0000-\u001f\u007f-\u009f](?:[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?$/,
    'must not begin or end with a space, nor hold control characters',
  ),
)
const Scalar = v.union([
  v.pipe(v.string(), v.maxLength(limits.text, `must have at most ${limits.text} characters`)),
  v.number(),
  v.boolean(),
])
const Several = v.pipe(v.array(Scalar), v.maxLength(limits.values, `must have at most ${limits.values} values`))

export const NewRequest = v.pipe(
  v.strictObject({
    kind: v.pipe(
      v.picklist(requestKinds),
      v.title('Kind'),
      v.description('What shall become of the identity. "create" states it: for an identity already known it is an update.'),
    ),
    externalId: v.pipe(
      v.string(),
      v.maxLength(limits.id, `must have at most ${limits.id} characters`),
      v.regex(/^(?=\s*\S)[^\u0000-\u001f\u007f-\u009f]*$/, 'must not be blank, nor hold control characters'),
      v.title('External id'),
      v.description("The source's own id of the identity, such as a personnel number. Compared without regard to case."),
    ),
    displayName: v.optional(
      v.pipe(
        v.nullable(v.pipe(v.string(), v.maxLength(256, 'must have at most 256 characters'))),
        v.title('Display name'),
        v.description('How people call the identity.'),
      ),
    ),
    mode: v.optional(
      v.pipe(
        v.picklist(['whole', 'partial']),
        v.title('Mode'),
        v.description(
          'whole: the attributes are all that the identity has, others are cleared. partial: only the named ones change. Default: whole for create, else partial.',
        ),
      ),
    ),
    attributes: v.optional(
      v.pipe(
        v.record(Name, v.nullable(v.union([Scalar, Several]))),
        v.title('Attributes'),
        v.description(
          'Values by name: one value, a list, or null or [] for none. An empty text is no value. Never passwords: those stand under "secrets".',
        ),
        v.examples([{ givenName: 'Zoé', mail: ['zoe@corp.example', 'z.muller@corp.example'] }]),
      ),
    ),
    deltas: v.optional(
      v.pipe(
        v.array(v.strictObject({ name: Name, op: v.picklist(['add', 'remove', 'replace']), values: Several })),
        v.maxLength(limits.names, `must have at most ${limits.names} entries`),
        v.title('Deltas'),
        v.description('Single values to add or remove, in order. Adding what is there and removing what is not succeed.'),
      ),
    ),
    secrets: v.optional(
      v.pipe(
        v.record(
          Name,
          v.pipe(
            v.string(),
            v.minLength(1, 'must not be empty'),
            v.maxLength(limits.secret, `must have at most ${limits.secret} characters`),
          ),
        ),
        v.title('Secrets'),
        v.description('Clear text by name, such as "password". Sealed at once, never shown again.'),
      ),
    ),
  }),
  v.title('New request'),
  v.description('One change of one identity.'),
)

// oxlint-enable no-control-regex

export type NewRequest = v.InferOutput<typeof NewRequest>

/** Reads the native body. Throws GatewayError `unprocessable` with the JSON pointer of what is wrong and, where it can, a hint. */
export function readNative(body: unknown): IncomingChange {
  const parsed = v.safeParse(NewRequest, body)
  if (!parsed.success) throw toProblem(parsed.issues, body)
  const request = parsed.output
  const mode = request.mode ?? (request.kind === 'create' ? 'whole' : 'partial')
  const attributes = [...stated(request, mode), ...named(request)]
  checkMeaning(request, mode, attributes)
  return {
    kind: request.kind,
    objectType: 'identity',
    externalId: request.externalId,
    displayName: request.displayName ?? nameAmong(attributes),
    mode,
    attributes,
    keep: [],
    secrets: request.secrets ?? {},
    ignored: [],
  }
}

function stated({ attributes = {} }: NewRequest, mode: IncomingChange['mode']): readonly AttributeDelta[] {
  const names = Object.keys(attributes)
  if (names.length > limits.names)
    throw refusal('/attributes', `has more than ${limits.names} names`, 'Send only the attributes that matter.')
  const deltas = names.map((name): AttributeDelta => ({ name, op: 'replace', values: valuesOf(attributes[name] ?? null) }))
  for (const { name } of deltas) checkName(name, `/attributes/${escaped(name)}`)
  return mode === 'whole' ? deltas.filter(({ values }) => values.length > 0) : deltas
}

function named({ deltas = [], attributes = {} }: NewRequest): readonly AttributeDelta[] {
  return deltas.map(({ name, op, values }, index) => {
    checkName(name, `/deltas/${index}/name`)
    if (Object.hasOwn(attributes, name))
      throw refusal(`/deltas/${index}/name`, 'names an attribute that stands under "attributes" too', 'Say it once.')
    const kept = valuesOf(values)
    if (kept.length === 0 && op !== 'replace')
      throw refusal(`/deltas/${index}/values`, `has nothing to ${op}`, 'Name the values, or replace with [] to clear.')
    return { name, op, values: kept }
  })
}

function valuesOf(value: Values | Values[number] | null): Values {
  const list = value === null ? [] : Array.isArray(value) ? (value as Values) : [value as Values[number]]
  return distinct(list.filter((entry) => entry !== ''))
}

/** A password under "attributes" would be stored, searched and shown. */
function checkName(name: string, at: string): void {
  if (name in Object.prototype) throw refusal(at, 'has a name that is not allowed', 'Rename this attribute.')
  if (isSecretName(name))
    throw refusal(
      at,
      'is named like a secret, and attributes are stored in clear',
      'Put it under "secrets", as in {"secrets": {"password": "…"}}.',
    )
}

/** What each kind needs, and may not have: nothing that was sent is silently dropped, nothing is cleared by mistake. */
function checkMeaning(request: NewRequest, mode: IncomingChange['mode'], attributes: readonly AttributeDelta[]): void {
  const { kind } = request
  const hasSecrets = Object.keys(request.secrets ?? {}).length > 0
  for (const name of Object.keys(request.secrets ?? {}))
    if (name in Object.prototype)
      throw refusal(`/secrets/${escaped(name)}`, 'has a name that is not allowed', 'Rename this secret.')
  if (kind === 'password' && !hasSecrets)
    throw refusal('/secrets', 'is missing', 'A password request holds {"secrets": {"password": "…"}}.')
  if (kind === 'password' && attributes.length > 0)
    throw refusal(
      placeOf(request),
      'does not belong to a password request',
      'Use kind "update" to change attributes and secrets together.',
    )
  if (kind === 'delete' && (attributes.length > 0 || hasSecrets))
    throw refusal(
      hasSecrets ? '/secrets' : placeOf(request),
      'does not belong to a deletion',
      'A deletion holds kind and externalId.',
    )
  if (mode === 'whole' && !attributes.some(({ values }) => values.length > 0))
    throw refusal(
      '/attributes',
      'has no value, which would clear the whole identity',
      'Send all attributes, or use "mode": "partial".',
    )
  if (mode === 'whole' && request.deltas !== undefined)
    throw refusal('/deltas', 'does not fit a body that states the whole identity', 'Use "attributes", or "mode": "partial".')
  const mustChange: readonly RequestKind[] = ['update', 'membership']
  if (mustChange.includes(kind) && attributes.length === 0 && !(kind === 'update' && hasSecrets))
    throw refusal('', 'asks for no change', 'Send "attributes" or "deltas".')
}

function placeOf(request: NewRequest): string {
  return Object.keys(request.attributes ?? {}).length > 0 ? '/attributes' : '/deltas'
}

function nameAmong(attributes: readonly AttributeDelta[]): string | null {
  const first = (name: string) => attributes.find((delta) => delta.name === name && delta.op === 'replace')?.values[0]
  const called = first('displayName') ?? first('fullName') ?? first('cn')
  if (called !== undefined) return String(called)
  const [given, family] = [first('givenName'), first('familyName') ?? first('sn')]
  return given !== undefined && family !== undefined ? `${given} ${family}` : null
}

/** The schema's own messages quote what was received, which may be personal data: only what was expected is said. */
function toProblem(issues: readonly v.BaseIssue<unknown>[], body: unknown): GatewayError {
  // A misspelt name is told before the name that is therefore missing.
  const issue = issues.find(isUnknownName) ?? issues.flatMap(deepest)[0]
  const path = issue?.path?.map(({ key }) => String(key)) ?? []
  const at = path.map((key) => `/${escaped(key)}`).join('')
  const more = issues.length > 1 ? ` (${issues.length - 1} more)` : ''
  if (issue === undefined) return refusal(at, 'cannot be read')
  if (isUnknownName(issue)) {
    const known = path.length > 1 ? ['name', 'op', 'values'] : Object.keys(NewRequest.pipe[0].entries)
    return refusal(at, `is not known here${more}`, nearOrKnown(path.at(-1) ?? '', known).en)
  }
  const given = at === '/kind' ? (body as { kind?: unknown }).kind : undefined
  return refusal(at, `${expectation(issue)}${more}`, typeof given === 'string' ? didYouMean(given, requestKinds)?.en : undefined)
}

function isUnknownName(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never'
}

function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message
  if (issue.received === 'undefined') return 'is missing'
  switch (issue.type) {
    case 'strict_object':
    case 'record':
      return 'must be an object'
    case 'array':
      return 'must be a list'
    case 'string':
      return 'must be a text'
    case 'picklist':
      return `must be one of ${issue.expected?.replaceAll(/[()]/g, '').replaceAll(' | ', ', ')}`
    default:
      return 'must be a text, a number, true, false, or a list of these'
  }
}

/** Of a union's issues, the one that got farthest: it tells more than "must be this or that". */
function deepest(issue: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] {
  const inner = (issue.issues ?? []).flatMap(deepest).filter((found) => found.kind === 'validation')
  if (inner.length === 0) return [issue]
  return inner.map((found) => ({ ...found, ...(issue.path === undefined ? {} : { path: issue.path }) }))
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function refusal(at: string, problem: string, hint?: string): GatewayError {
  return new GatewayError(
    'unprocessable',
    `${at === '' ? 'The body' : at} ${problem}.`,
    hint === undefined ? { at } : { at, hint },
  )
}
