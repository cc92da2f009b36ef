/** What people read beside a connector's settings, in both languages: the dashboard makes its forms from the schema alone. */
import * as v from 'valibot'
import type { Text } from './connector.ts'
import { kitPhrases } from './phrases.ts'

export interface FieldText {
  readonly title: string
  readonly description?: string
  readonly fr: { readonly title: string; readonly description?: string }
  readonly secret?: true
}

/**
 * Title and help of one field: an action for its pipe. In the JSON Schema of a configuration they are `title` and `description`, and the French
 * ones stand under `fr`.
 */
export function field<Input>(title: Text, help?: Text): v.MetadataAction<Input, FieldText & Record<string, unknown>> {
  return v.metadata({
    title: title.en,
    ...(help === undefined ? {} : { description: help.en }),
    fr: { title: title.fr, ...(help === undefined ? {} : { description: help.fr }) },
  })
}

/** The same for a field that is sealed, and never shown again. */
export function secretField<Input>(title: Text, help?: Text): v.MetadataAction<Input, FieldText & Record<string, unknown>> {
  return v.metadata({ ...field<Input>(title, help).metadata, secret: true })
}

export interface Condition {
  readonly field: string
  readonly values: readonly string[]
}

/**
 * Says that a setting counts only while another one, beside it, has one of these values: forms show it only then. Last in its pipe, after what says
 * whether it may be left out.
 */
export function onlyWhen<Input>(
  other: string,
  ...values: readonly string[]
): v.MetadataAction<Input, { readonly when: Condition }> {
  return v.metadata({ when: { field: other, values } })
}

/** Where a user has one secret: what rules call it. See `password-attribute.ts`. */
export const passwordAttributeField = v.pipe(
  v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(255)), 'password'),
  field(
    { en: 'Password', fr: 'Mot de passe' },
    { en: 'The name under which rules set the password.', fr: 'Le nom sous lequel les règles fixent le mot de passe.' },
  ),
)

/** The authority of certificates that the public ones do not vouch for. */
export const caField = v.pipe(
  v.optional(v.nullable(v.pipe(v.string(), v.startsWith('-----BEGIN CERTIFICATE-----', kitPhrases.caForm.en))), null),
  field(
    { en: 'Certificate authority', fr: 'Autorité de certification' },
    {
      en: 'PEM, when the public authorities do not know it.',
      fr: 'Au format PEM, quand les autorités publiques ne la connaissent pas.',
    },
  ),
)

/** Whether passwords may cross the network readable. */
export const clearTextField = v.pipe(
  v.optional(v.boolean(), false),
  field(
    { en: 'Allow clear text', fr: 'Autoriser le texte en clair' },
    {
      en: 'Passwords cross the network readable. Only for a network nobody else is on.',
      fr: 'Les mots de passe circulent lisibles. Uniquement sur un réseau où il n’y a personne d’autre.',
    },
  ),
)
