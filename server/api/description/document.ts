/** The API as an OpenAPI 3.1 document: the table of operations, and the schemas that the routes use. It holds no secret. */
import type { JsonSchema } from '@valibot/to-json-schema'
import { connectorCodes, gatewayCodes, type ErrorCode } from '#core/errors.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { isAllowed, type Right } from '../../auth/policy.ts'
import { statuses, titles } from '../problem.ts'
import { roles } from '../types.ts'
import { componentSchemas, reference } from './components.ts'
import type { Answer, ComponentName, HeaderName, Operation } from './operation.ts'
import { operations } from './operations.ts'
import type { Parameter } from './parameters.ts'

export interface DescribedOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters: readonly DescribedParameter[]
  readonly requestBody?: Body & { readonly required: true }
  readonly responses: Readonly<Record<string, Body & { readonly headers?: object }>>
}

export interface DescribedParameter extends Omit<Parameter, 'isList' | 'required'> {
  readonly required: boolean
}

export interface Body {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}

export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: { readonly title: string; readonly version: string; readonly description: string; readonly license: object }
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: object }
}

const description = `A gateway between an IAM and the systems in which people have accounts. Errors are problem details (RFC 9457) whose code is one of
a closed list: ${[...new Set([...gatewayCodes, ...connectorCodes])].join(', ')}. Times are ISO 8601 in UTC; ids are UUIDs. Every answer has an
X-Request-Id, which stands in the logs too. A cookie’s changes must come from the gateway’s own pages (Sec-Fetch-Site, Origin).`

/** Makes the document anew; it is the same as long as the process lives. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, DescribedOperation>> = {}
  for (const operation of operations) (paths[operation.path] ??= {})[operation.method] = describe(operation)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Passerelle',
      version: packageFile.version,
      description: description.replaceAll('\n', ' '),
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'The API key of a source: Authorization: Bearer psk_…' },
        basic: { type: 'http', scheme: 'basic', description: 'The user and password of a source.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'passerelle',
          description: 'The session of a person who logged in; over TLS its name is __Host-passerelle.',
        },
      },
    },
  }
}

function describe({
  id,
  tag,
  summary,
  description: about,
  needs,
  parameters = [],
  body,
  ...rest
}: Operation): DescribedOperation {
  const text = [about, whoMay(needs)].filter((part) => part !== undefined).join('\n\n')
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: securityOf(needs),
    parameters: parameters.map(toParameter),
    ...(body === undefined
      ? {}
      : {
          requestBody: { description: body.description, required: true, content: contentOf({ 'application/json': body.schema }) },
        }),
    responses: responsesOf(rest.answers, needs === null ? rest.errors : [...rest.errors, 'unauthenticated', ...refusals(needs)]),
  }
}

const refusals = (needs: Right | 'login'): readonly ErrorCode[] => (needs === 'login' ? [] : ['forbidden'])

const isSourceAllowed = (right: Right) => isAllowed({ kind: 'source', name: '' }, right)
const rolesWith = (right: Right) => roles.filter((role) => isAllowed({ kind: 'person', name: '', role, locale: null }, right))

function securityOf(needs: Operation['needs']): DescribedOperation['security'] {
  if (needs === null) return [{}]
  const isForSources = needs !== 'login' && isSourceAllowed(needs)
  const isForPeople = needs === 'login' || rolesWith(needs).length > 0
  return [...(isForSources ? [{ apiKey: [] }, { basic: [] }] : []), ...(isForPeople ? [{ cookie: [] }] : [])]
}

function whoMay(needs: Operation['needs']): string | undefined {
  if (needs === null || needs === 'login') return undefined
  const who = [...(isSourceAllowed(needs) ? ['sources'] : []), ...rolesWith(needs)]
  return `Needs the right ${needs}, which these have: ${who.join(', ')}.`
}

function toParameter({ isList, required, ...parameter }: Parameter): DescribedParameter {
  return { ...parameter, required: required === true, ...(isList === true ? { style: 'form', explode: false } : {}) }
}

function contentOf(content: Answer['content']): NonNullable<Body['content']> {
  return Object.fromEntries(Object.entries(content).map(([type, names]) => [type, { schema: oneOf(names) }]))
}

function oneOf(names: ComponentName | readonly ComponentName[]): JsonSchema {
  return typeof names === 'string' ? reference(names) : { anyOf: names.map(reference) }
}

const headers: Readonly<Record<HeaderName, string>> = {
  Location: 'Where the request is found from now on, whatever became of it.',
  'Preference-Applied': 'The preference that was followed, when one was sent.',
  'Retry-After': 'Seconds after which looking again makes sense.',
  'Set-Cookie': 'The session.',
}

/** The answers of the table, and one problem for every status that its errors have. */
function responsesOf(answers: Operation['answers'], errors: readonly ErrorCode[]): DescribedOperation['responses'] {
  const byStatus = Map.groupBy(new Set(errors), (code) => String(statuses[code] ?? 500))
  const problem = contentOf({ 'application/problem+json': 'ProblemDetails' })
  const known = Object.entries(answers).map(([status, answer]) => {
    const codes = byStatus.get(status)
    return [
      status,
      {
        description: codes === undefined ? answer.description : `${answer.description} Codes: ${codes.join(', ')}.`,
        ...(Object.keys(answer.content).length === 0 ? {} : { content: contentOf(answer.content) }),
        ...(answer.headers === undefined ? {} : { headers: Object.fromEntries(answer.headers.map(toHeader)) }),
      },
    ] as const
  })
  const refused = [...byStatus]
    .filter(([status]) => !(Number(status) in answers))
    .map(([status, codes]) => {
      const reasons = codes.map((code) => `${titles[code] ?? 'Something went wrong'} (${code})`)
      return [status, { description: `${reasons.join('; ')}.`, content: problem }] as const
    })
  return {
    ...Object.fromEntries([...known, ...refused].toSorted(([left], [right]) => Number(left) - Number(right))),
    default: { description: 'Something went wrong (internal); it is logged.', content: problem },
  }
}

function toHeader(name: HeaderName): readonly [string, object] {
  return [name, { description: headers[name], schema: { type: 'string' } }]
}
