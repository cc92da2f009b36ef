/** What people read beside a connector's settings, in both languages: the dashboard makes its forms from the schema alone. */
import * as v from 'valibot'
import type { Text } from './connector.ts'

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
