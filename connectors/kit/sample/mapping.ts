/** Between the system's people and the gateway's accounts. Pure. */
import * as v from 'valibot'
import type { AccountSchema, AttributeSchema } from '#connectors/kit/connector.ts'
import { exactSpelling } from '#connectors/kit/spelling.ts'
import type { Account } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import type { Attributes, Values } from '#core/values.ts'

/** What the system answers for one person; what it says besides is not ours. */
export const Person = v.object({
  number: v.number(),
  login: v.string(),
  profile: v.object({
    displayName: v.optional(v.string()),
    title: v.optional(v.string()),
    mails: v.optional(v.array(v.string()), []),
  }),
  state: v.picklist(['active', 'locked']),
  teams: v.array(v.object({ team: v.string() })),
})
export type Person = v.InferOutput<typeof Person>

/** How the system compares names and values: here, as texts. */
export const spelling = exactSpelling
/** Rules set a password under this name. */
export const passwordAttribute = 'password'

export function toAccount({ number, login, profile, state, teams }: Person): Account {
  const attributes = {
    login: [login],
    displayName: valuesOf(profile.displayName),
    title: valuesOf(profile.title),
    mails: profile.mails,
  }
  return {
    nativeId: String(number),
    label: login,
    enabled: state === 'active',
    // An attribute without values is not there.
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0)),
    memberships: teams.map(({ team }) => team),
  }
}

const valuesOf = (text: string | undefined): Values => (text === undefined || text === '' ? [] : [text])

/** What is sent: a value that was cleared is null. Throws `config` for an attribute that the system has not. */
export function toBody(attributes: Attributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => {
      const known = schema.attributes.find((attribute) => attribute.name === name)
      if (known === undefined || known.readOnly)
        throw new GatewayError('config', `${name} is no attribute of the system`, { sent: 'no', at: name })
      if (values.length === 0) return [name, null]
      return [name, known.multivalued ? values : values[0]]
    }),
  )
}

const text: Omit<AttributeSchema, 'name'> = {
  type: 'string',
  multivalued: false,
  required: false,
  readOnly: false,
  writeOnly: false,
  unique: false,
  maxLength: null,
  allowedValues: null,
}

/** What the system has; ask it instead, where it can tell. */
export const schema: AccountSchema = {
  attributes: [
    { ...text, name: 'login', required: true, unique: true },
    { ...text, name: 'displayName' },
    { ...text, name: 'title' },
    { ...text, name: 'mails', multivalued: true },
    { ...text, name: passwordAttribute, writeOnly: true },
  ],
}
