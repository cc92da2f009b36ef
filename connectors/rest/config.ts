/** What an administrator says about one REST API: how to be let in, the calls it takes, and where an account's values stand in its answers. */
import * as v from 'valibot'
import { connectorCodes } from '#core/errors.ts'
import { field, passwordAttributeField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'
import { isLoginComplete, loginFields, loginMessage } from '#connectors/kit/http-login.ts'
import { phrases } from './phrases.ts'
import { mentions, templateProblem, type JsonTemplate } from './template.ts'

const Template = v.pipe(
  v.string(),
  v.check((text) => templateProblem(text) === null, phrases.templateForm.en),
)

/** RFC 6901; the empty text is the whole answer. */
const Pointer = v.pipe(v.string(), v.regex(/^(\/.*)?$/, phrases.pointerForm.en))

const Json: v.GenericSchema<unknown, JsonTemplate> = v.union([
  Template,
  v.number(),
  v.boolean(),
  v.null(),
  v.array(v.lazy(() => Json)),
  v.record(
    v.string(),
    v.lazy(() => Json),
  ),
]) as v.GenericSchema<unknown, JsonTemplate>

const status = v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))

const Operation = v.strictObject({
  method: v.picklist(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: v.pipe(Template, v.startsWith('/', phrases.pathForm.en)),
  query: v.optional(v.record(v.string(), Template), {}),
  headers: v.optional(v.record(v.string(), Template), {}),
  body: v.optional(Json),
  /** Sends the body as a form instead of JSON. */
  form: v.optional(v.boolean(), false),
  /** Says only what changes; what is cleared is null. */
  partial: v.optional(v.boolean(), false),
  /** Any 2xx when left out. */
  success: v.optional(v.array(status)),
  /** Where the account, or the list of accounts, stands in the answer. */
  result: v.optional(Pointer, ''),
  errors: v.optional(
    v.array(
      v.pipe(
        v.strictObject({
          status: v.optional(status),
          at: v.optional(Pointer),
          equals: v.optional(v.string()),
          code: v.picklist(connectorCodes),
        }),
        v.check(({ at, equals }) => (at === undefined) === (equals === undefined), phrases.atEquals.en),
      ),
    ),
    [],
  ),
})
export type Operation = v.InferOutput<typeof Operation>

export const operationNames = [
  ...['lookup', 'get', 'list', 'create', 'update', 'enable', 'disable', 'delete'],
  ...['setPassword', 'addMembership', 'removeMembership'],
] as const
const maybe = v.optional(Operation)
const Operations = v.strictObject({
  ...{ lookup: maybe, get: maybe, list: maybe, create: maybe, update: maybe, enable: maybe, disable: maybe, delete: maybe },
  ...{ setPassword: maybe, addMembership: maybe, removeMembership: maybe },
})

const scalar = v.union([v.string(), v.number(), v.boolean()])

const AccountMap = v.strictObject({
  id: v.optional(Pointer, '/id'),
  /** The attribute that people know an account by. */
  label: v.optional(v.string()),
  enabled: v.optional(v.strictObject({ at: Pointer, whenEnabled: scalar, whenDisabled: scalar })),
  /** Attribute → where its value stands; the values of a list, or one. */
  attributes: v.record(v.string(), Pointer),
  /** Attributes that only the system writes. */
  readOnly: v.optional(v.array(v.string()), []),
  memberships: v.optional(v.strictObject({ at: Pointer, name: v.optional(Pointer, '') })),
})

const Paging = v.strictObject({
  by: v.picklist(['none', 'page', 'offset', 'cursor']),
  /** The number of the first page. */
  first: v.optional(v.picklist([0, 1]), 1),
  /** Where the answer says the next cursor; nothing there ends the list. */
  cursor: v.optional(Pointer),
})

export const RestConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        {
          en: 'What all paths continue, such as https://crm.example.org/api.',
          fr: 'Ce que tous les chemins prolongent, par exemple https://crm.example.org/api.',
        },
      ),
    ),
    ...loginFields,
    account: v.pipe(
      AccountMap,
      field(
        { en: 'Account', fr: 'Compte' },
        {
          en: 'Where id, state, attributes and memberships stand in what the API answers (JSON pointers).',
          fr: 'Où se trouvent identifiant, état, attributs et appartenances dans les réponses de l’API (pointeurs JSON).',
        },
      ),
    ),
    operations: v.pipe(
      Operations,
      field(
        { en: 'Operations', fr: 'Opérations' },
        {
          en: 'The calls of the API. Without lookup and get nothing can be verified or undone.',
          fr: 'Les appels de l’API. Sans lookup ni get, rien ne peut être vérifié ni annulé.',
        },
      ),
    ),
    paging: v.pipe(
      v.optional(Paging, { by: 'none' }),
      field(
        { en: 'Paging', fr: 'Pagination' },
        {
          en: 'How the list of all accounts is read page by page.',
          fr: 'Comment la liste de tous les comptes se lit page par page.',
        },
      ),
    ),
    headers: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      field(
        { en: 'Headers', fr: 'En-têtes' },
        { en: 'Sent with every call; no secrets here.', fr: 'Envoyés à chaque appel ; pas de secrets ici.' },
      ),
    ),
    etags: v.pipe(
      v.optional(v.boolean(), false),
      field(
        { en: 'ETags', fr: 'ETags' },
        {
          en: 'Changes are sent with If-Match, so that the API refuses what is based on an old state.',
          fr: 'Les changements portent If-Match, pour que l’API refuse ce qui repose sur un état ancien.',
        },
      ),
    ),
    passwordAttribute: passwordAttributeField,
    ...httpFields,
  }),
  v.check((settings) => isEncryptedOrHere(settings), clearTextMessage),
  v.check((settings) => isLoginComplete(settings), loginMessage),
  v.check(({ operations }) => isReadable(operations) || operations.enable === undefined, phrases.unreadable.en),
  v.check(
    ({ operations, account }) =>
      account.enabled === undefined ||
      (operations.enable !== undefined && operations.disable !== undefined) ||
      mentions(operations.update?.body, 'enabled'),
    phrases.enabledOperations.en,
  ),
  v.check(
    ({ operations, account }) =>
      account.memberships === undefined || (operations.addMembership !== undefined && operations.removeMembership !== undefined),
    phrases.membershipOperations.en,
  ),
)
export type RestConfig = v.InferOutput<typeof RestConfig>

/** Whether an account can be found and read back: the condition of verifying and undoing anything. */
export function isReadable(operations: { readonly lookup?: unknown; readonly get?: unknown }): boolean {
  return operations.lookup !== undefined && operations.get !== undefined
}
