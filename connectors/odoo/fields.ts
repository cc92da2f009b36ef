/** Which fields the users of a database have, as Odoo tells it: they differ with its version and its modules. */
import { GatewayError } from '#core/errors.ts'
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import * as v from 'valibot'
import type { Odoo } from './odoo.ts'
import { phrases } from './phrases.ts'

const kinds = {
  ...{ char: 'string', text: 'string', html: 'string', selection: 'string' },
  ...{ integer: 'number', float: 'number', monetary: 'number', boolean: 'boolean' },
  ...{ date: 'date', datetime: 'date', many2one: 'reference', many2many: 'reference' },
} as const satisfies Readonly<Record<string, AttributeSchema['type']>>
export type FieldType = keyof typeof kinds

export interface Field {
  readonly type: FieldType
  readonly required: boolean
  readonly maxLength: number | null
  readonly allowedValues: readonly string[] | null
}

export interface Fields {
  /** Where the groups of a user stand: renamed in Odoo 19. */
  readonly groups: 'group_ids' | 'groups_id'
  /** What rules may write. */
  readonly attributes: Readonly<Record<string, Field>>
}

/** What kind of user somebody is: three groups that exclude each other, of which a user has one. */
export const userType = 'user_type'
export const userTypes = { internal: 'base.group_user', portal: 'base.group_portal', public: 'base.group_public' } as const
export type UserType = keyof typeof userTypes
export const isUserType = (value: unknown): value is UserType => typeof value === 'string' && Object.hasOwn(userTypes, value)

const Described = v.record(
  v.string(),
  v.object({
    type: v.string(),
    readonly: v.optional(v.boolean(), false),
    required: v.optional(v.boolean(), false),
    store: v.optional(v.boolean(), false),
    related: v.optional(v.unknown()),
    size: v.optional(v.nullable(v.union([v.number(), v.boolean()]))),
    selection: v.optional(v.array(v.tuple([v.union([v.string(), v.number()]), v.string()]))),
  }),
)
type Described = v.InferOutput<typeof Described>

/** Said of a user by other fields of ours, by Odoo itself, or by the user's own doings. */
const notOurs = new Set(
  [
    'id',
    'active',
    'group_ids',
    'groups_id',
    'partner_id',
    'password',
    'new_password',
    'role',
    'role_ids',
    'login_date',
    'color',
  ].concat([
    ...[
      'message_bounce',
      'signup_type',
      'signup_token',
      'channel_ids',
      'message_partner_ids',
      'tour_enabled',
      'manual_im_status',
    ],
    ...['out_of_office_from', 'out_of_office_to', 'out_of_office_message', 'notification_type', 'view_group_hierarchy'],
  ]),
)

const fieldsMs = 300_000

export function readFields(odoo: Pick<Odoo, 'ask' | 'cache'>): Promise<Fields> {
  return odoo.cache.get({ kind: 'schema', key: 'fields', ttlMs: fieldsMs, load: () => loadFields(odoo) })
}

async function loadFields({ ask }: Pick<Odoo, 'ask'>): Promise<Fields> {
  const attributes = ['type', 'readonly', 'required', 'store', 'related', 'size', 'selection']
  const describe = (model: string) =>
    ask(Described, { doing: 'reading the fields', model, method: 'fields_get', parameters: { allfields: null, attributes } })
  const users = await describe('res.users')
  const contacts = await describe('res.partner')
  return {
    groups: users['group_ids'] === undefined ? 'groups_id' : 'group_ids',
    attributes: Object.fromEntries(
      Object.keys(users)
        .toSorted()
        .flatMap((name) => (isOurs(name, users, contacts) ? [[name, toField(name, users[name])]] : [])),
    ),
  }
}

/** Kept by the user, or by the contact that a user is: what Odoo works out of other fields would change with them. */
function isOurs(name: string, users: Described, contacts: Described): boolean {
  const field = users[name]
  if (field === undefined || field.readonly || notOurs.has(name) || !Object.hasOwn(kinds, field.type)) return false
  const ofContact = [field.related].flat().join('.') === `partner_id.${name}`
  return field.store || (ofContact && contacts[name]?.store === true)
}

function toField(name: string, field: Described[string] | undefined): Field {
  return {
    type: field?.type as FieldType,
    required: name === 'login' || name === 'name',
    maxLength: typeof field?.size === 'number' ? field.size : null,
    allowedValues: field?.type === 'selection' ? (field.selection ?? []).map(([value]) => String(value)) : null,
  }
}

/** Throws `config` for what the users of this database do not have: Odoo would fail on it, or forget it. */
export function refuseUnknown({ attributes }: Fields, names: readonly string[]): void {
  const unknown = names.find((name) => name !== userType && attributes[name] === undefined)
  if (unknown === undefined) return
  throw new GatewayError('config', `users of this Odoo have no field ${unknown} that can be written`, {
    ...{
      sent: 'no',
      at: unknown,
      hint: phrases.fieldNames,
    },
  })
}

export function describeUsers({ attributes }: Fields, passwordAttribute: string): AccountSchema {
  const plain = {
    required: false,
    readOnly: false,
    writeOnly: false,
    unique: false,
    multivalued: false,
    maxLength: null,
  } as const
  const fields = Object.entries(attributes).map(([name, { type, ...field }]) => ({
    ...{ ...plain, ...field, name, type: kinds[type] },
    ...{ unique: name === 'login', multivalued: type === 'many2many' },
  }))
  return {
    attributes: [
      ...fields,
      { ...plain, name: userType, type: 'string', allowedValues: Object.keys(userTypes) },
      { ...plain, name: passwordAttribute, type: 'string', writeOnly: true, allowedValues: null },
    ],
  }
}
