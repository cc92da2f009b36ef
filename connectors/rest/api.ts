/** Calling the operations of one configured API. */
import { GatewayError } from '#core/errors.ts'
import { createHttpClient, type HttpAnswer } from '#connectors/kit/http.ts'
import type { Authorization } from '#connectors/kit/http-authorization.ts'
import type { Egress } from '#core/egress.ts'
import type { Operation, operationNames, RestConfig } from './config.ts'
import { meaningOf } from './errors.ts'
import { phrases } from './phrases.ts'
import { renderJson, renderPath, renderText, type Context } from './template.ts'

export type OperationName = (typeof operationNames)[number]

export interface Api {
  readonly target: string
  readonly config: RestConfig
  has(name: OperationName): boolean
  /** Throws `unsupported` when the target has no such operation. */
  need(name: OperationName): Operation
  /** Throws `unsupported` when the target has no such operation. `also`: statuses that are answers too. */
  call(name: OperationName, context: Context, more?: CallOptions): Promise<HttpAnswer>
}

export interface CallOptions {
  readonly also?: readonly number[]
  /** Only if the account still has this version. */
  readonly version?: string | undefined
}

export interface ApiOptions extends Pick<Api, 'target' | 'config'> {
  readonly egress: Egress
  readonly authorization: Authorization
  readonly signal: AbortSignal
}

const reading: ReadonlySet<OperationName> = new Set<OperationName>(['lookup', 'get', 'list'])

export function openApi({ target, config, egress, authorization, signal }: ApiOptions): Api {
  const operations = config.operations as Readonly<Record<string, Operation | undefined>>
  function need(name: OperationName): Operation {
    const operation = operations[name]
    if (operation !== undefined) return operation
    throw new GatewayError('unsupported', `${target} has no operation ${name}`, {
      sent: 'no',
      hint: phrases.addOperation,
    })
  }
  async function call(name: OperationName, context: Context, { also, version }: CallOptions = {}): Promise<HttpAnswer> {
    const operation = need(name)
    const client = createHttpClient({
      egress,
      authorization,
      baseUrl: config.url,
      headers: config.headers,
      meaningOf: (answer) => meaningOf(answer, operation),
    })
    const answer = await client.call({
      ...rendered(operation, context),
      doing: `operation ${name}`,
      method: operation.method,
      effect: reading.has(name) ? 'read' : 'write',
      signal,
      also: [...(operation.success ?? []), ...(also ?? [])],
      headers: { ...renderedTexts(operation.headers, context), ...(version === undefined ? {} : { 'If-Match': version }) },
    })
    refuseOtherSuccess(operation, name, answer, also ?? [])
    return answer
  }
  return { target, config, call, need, has: (name) => operations[name] !== undefined }
}

const renderedTexts = (templates: Readonly<Record<string, string>>, context: Context) =>
  Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, renderText(template, context)]))

function rendered({ path, query, body, form, partial }: Operation, context: Context) {
  const json = body === undefined ? undefined : renderJson(body, partial ? context : withoutChanged(context))
  const encoded = form ? { form: toForm(json) } : json === undefined ? {} : { json }
  return { path: renderPath(path, context), query: renderedTexts(query, context), ...encoded }
}

const withoutChanged = ({ changed: _changed, ...context }: Context): Context => context

function toForm(json: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(json ?? {}).map(([name, value]) => [name, value === null ? '' : String(value)] as const)
  return Object.fromEntries(entries)
}

/** An operation that names its successes has no others: a 2xx besides means something that nobody foresaw. */
function refuseOtherSuccess({ success }: Operation, name: OperationName, { status }: HttpAnswer, also: readonly number[]): void {
  if (success === undefined || success.includes(status) || also.includes(status)) return
  const code = reading.has(name) ? 'config' : 'unknown_outcome'
  throw new GatewayError(code, `operation ${name}: the answer is none of the successes that the target names`, {
    sent: 'yes',
    vendorCode: `HTTP ${status}`,
    hint: phrases.success,
  })
}
