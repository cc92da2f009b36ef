/** What a SCIM server says of itself (/ServiceProviderConfig, RFC 7643 §5), and what of the declared capabilities does not hold because of it. */
import { everyChange, type Survey } from '#connectors/kit/connector.ts'
import { phrases } from './phrases.ts'
import type { ScimServer } from './server.ts'

export function surveyServer({ features, patches, etags }: Pick<ScimServer, 'features' | 'patches' | 'etags'>): Survey {
  const isSaid = (name: 'filter' | 'bulk' | 'changePassword', said: boolean) => features?.[name] === said
  return {
    system: null,
    facts: [
      ...(features === null ? [phrases.saysNothing] : []),
      patches ? phrases.patches : phrases.replaces,
      etags ? phrases.etags : phrases.noEtags,
      ...(isSaid('filter', false) ? [phrases.noFilter] : []),
      ...(isSaid('bulk', true) ? [phrases.bulkUnused] : []),
      ...(isSaid('changePassword', false) ? [phrases.noPasswordChange] : []),
    ],
    narrows: etags ? {} : { conditionalWrite: { ...everyChange('looked'), create: 'native' } },
    secretEndsAt: null,
  }
}
