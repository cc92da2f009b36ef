/** What a target of this kind must be told. The schema is the validation, and the form in the dashboard. */
import * as v from 'valibot'
import { field, secretField } from '#connectors/kit/form.ts'
import { clearTextMessage, httpFields, HttpUrl, isEncryptedOrHere } from '#connectors/kit/http-config.ts'

export const SampleConfig = v.pipe(
  v.strictObject({
    url: v.pipe(
      HttpUrl,
      field(
        { en: 'URL', fr: 'URL' },
        { en: 'Such as https://people.example.org.', fr: 'Par exemple https://people.example.org.' },
      ),
    ),
    key: v.pipe(
      v.string(),
      v.minLength(1),
      secretField(
        { en: 'API key', fr: 'Clé d’API' },
        { en: 'Of the gateway’s own user.', fr: 'De l’utilisateur propre à la passerelle.' },
      ),
    ),
    ...httpFields,
  }),
  v.check((config) => isEncryptedOrHere(config), clearTextMessage),
)
export type SampleConfig = v.InferOutput<typeof SampleConfig>
