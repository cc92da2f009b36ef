/**
 * What an administrator knows better of single attributes than the server's schema says: what it leaves out, or describes as it is not. Everything
 * else stays as the server describes it.
 */
import { GatewayError } from '#core/errors.ts'
import { field } from '#connectors/kit/form.ts'
import * as v from 'valibot'
import { apart, coreUrn } from './core-schema.ts'
import { phrases } from './phrases.ts'
import type { ScimAttribute, ScimSchema } from './schema.ts'

const types = ['string', 'boolean', 'integer', 'decimal', 'dateTime', 'binary', 'reference'] as const
const maybe = v.optional(v.boolean())

const Override = v.strictObject({
  /** As rules name it, without the type of a value: `title`, `name.givenName`, `urn:…:User:badge`. */
  path: v.pipe(
    v.string(),
    v.regex(/^(urn:[^\s/?#]+:)?[A-Za-z$][\w$-]*(\.[A-Za-z$][\w$-]*)?$/, phrases.pathForm.en),
    v.check((path) => isExtension(path) || ![...apart].some((name) => same(name, wordsOf(path)[1])), phrases.ownAttribute.en),
  ),
  /** The server describes it, and does not have it. */
  absent: maybe,
  type: v.optional(v.picklist(types)),
  ...{ multivalued: maybe, required: maybe, readOnly: maybe, unique: maybe, caseExact: maybe },
  allowedValues: v.optional(v.array(v.string())),
})
export type Override = v.InferOutput<typeof Override>

export const overridesField = v.pipe(
  v.optional(
    v.pipe(
      v.array(Override),
      v.check((all) => new Set(all.map(({ path }) => path.toLowerCase())).size === all.length, phrases.pathTwice.en),
    ),
    [],
  ),
  field(
    { en: 'Attributes, where the schema is wrong', fr: 'Attributs, là où le schéma est faux' },
    {
      en: 'Each by its path, with what holds instead: absent, type, multivalued, required, readOnly, unique, caseExact, allowedValues. A path that the schema lacks is added.',
      fr: 'Chacun par son chemin (path), avec ce qui vaut à la place : absent, type, multivalued, required, readOnly, unique, caseExact, allowedValues. Un chemin qui manque au schéma est ajouté.',
    },
  ),
)

const isExtension = (path: string) => /^urn:/i.test(path) && !path.toLowerCase().startsWith(`${coreUrn.toLowerCase()}:`)

/** The schema's URN, the attribute, and the part of it. */
function wordsOf(path: string): readonly [urn: string, attribute: string, part: string | null] {
  const end = path.lastIndexOf(':')
  const [attribute = '', part = null] = path.slice(end + 1).split('.')
  return [isExtension(path) ? path.slice(0, end) : coreUrn, attribute, part]
}

/** Throws `config` for a part that cannot be one. */
export function overridden(schemas: readonly ScimSchema[], overrides: readonly Override[]): readonly ScimSchema[] {
  return overrides.reduce(withOverride, schemas)
}

function withOverride(schemas: readonly ScimSchema[], override: Override): readonly ScimSchema[] {
  const [urn, name, part] = wordsOf(override.path)
  const known = schemas.find(({ id }) => same(id, urn)) ?? { id: urn, attributes: [] }
  const attributes =
    part === null ? withAttribute(known.attributes, name, override) : withPart(known.attributes, name, part, override)
  return [...schemas.filter((schema) => schema !== known), { ...known, attributes }]
}

function withPart(
  attributes: readonly ScimAttribute[],
  name: string,
  part: string,
  override: Override,
): readonly ScimAttribute[] {
  const parent = attributes.find((attribute) => same(attribute.name, name)) ?? { ...plain, name, type: 'complex' }
  const isKnown = parent.subAttributes.some((attribute) => same(attribute.name, part))
  if (parent.type !== 'complex' || (parent.multiValued && !isKnown))
    throw new GatewayError('config', `attributes: ${override.path} is not a part that ${name} could have`, {
      sent: 'no',
      at: override.path,
      hint: phrases.nameItself,
    })
  const complete = { ...parent, subAttributes: withAttribute(parent.subAttributes, part, override) }
  return [...attributes.filter((attribute) => attribute !== parent), complete]
}

function withAttribute(attributes: readonly ScimAttribute[], name: string, override: Override): readonly ScimAttribute[] {
  const known = attributes.find((attribute) => same(attribute.name, name))
  const others = attributes.filter((attribute) => attribute !== known)
  return override.absent === true ? others : [...others, changed(known ?? { ...plain, name }, override)]
}

const plain = {
  ...{ type: 'string', multiValued: false, required: false, caseExact: false, mutability: 'readWrite', returned: 'default' },
  ...{ uniqueness: 'none', subAttributes: [] },
}

function changed(attribute: ScimAttribute, override: Override): ScimAttribute {
  const { type, multivalued, required, readOnly, unique, caseExact, allowedValues } = override
  return {
    ...attribute,
    ...(type === undefined ? {} : { type }),
    ...(multivalued === undefined ? {} : { multiValued: multivalued }),
    ...(required === undefined ? {} : { required }),
    ...(readOnly === undefined ? {} : { mutability: readOnly ? 'readOnly' : 'readWrite' }),
    ...(unique === undefined ? {} : { uniqueness: unique ? 'server' : 'none' }),
    ...(caseExact === undefined ? {} : { caseExact }),
    ...(allowedValues === undefined ? {} : { canonicalValues: allowedValues }),
  }
}

const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()
