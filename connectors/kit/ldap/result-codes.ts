/** What the result codes of LDAP mean for the gateway, whoever answers them. */
import type { ConnectorCode } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { directoryPhrases } from './phrases.ts'

export interface Meaning {
  readonly code: ConnectorCode
  readonly text: string
  readonly hint?: Phrase
}

export const busy: Meaning = { code: 'transient', text: 'the directory is busy or about to stop' }
export const invalid = (text: string, hint?: Phrase): Meaning => ({
  code: 'invalid',
  text,
  ...(hint === undefined ? {} : { hint }),
})
const config = (text: string, hint: Phrase): Meaning => ({ code: 'config', text, hint })

/** LDAP result codes, RFC 4511 appendix A; 122 from RFC 4528. */
export const resultMeanings: Readonly<Record<number, Meaning>> = {
  1: { code: 'internal', text: 'the directory failed (operations error)' },
  2: { code: 'unsupported', text: 'the directory does not understand the request (protocol error)' },
  3: busy,
  4: config('the directory limits how many entries it shows', directoryPhrases.sizeLimit),
  7: config('the directory refuses this way to log in', directoryPhrases.bindMayNeedTls),
  8: { code: 'denied', text: 'the directory wants stronger authentication' },
  10: config('this server is a read-only copy and refers to another', directoryPhrases.writableServer),
  11: { code: 'transient', text: 'an administrative limit of the directory was reached' },
  12: { code: 'unsupported', text: 'the directory lacks a control that the change needs' },
  13: config('the directory wants an encrypted connection', directoryPhrases.encrypt),
  16: { code: 'already', text: 'the value to remove is not there' },
  17: invalid('the schema of the directory has no such attribute', directoryPhrases.attributeNames),
  18: invalid('the attribute cannot be compared that way'),
  19: invalid('a constraint of the directory refuses a value'),
  20: { code: 'already', text: 'the value is there already' },
  21: invalid('a value does not fit the syntax of its attribute'),
  32: { code: 'not_found', text: 'the entry, or the place for it, does not exist' },
  34: invalid('a distinguished name is not well formed'),
  48: config('the directory refuses this way to log in', directoryPhrases.bindDn),
  49: {
    code: 'auth',
    text: 'the directory refuses the bind DN or its password',
    hint: directoryPhrases.bindPassword,
  },
  50: {
    code: 'denied',
    text: 'the service account lacks the right',
    hint: directoryPhrases.writeAccess,
  },
  51: busy,
  52: busy,
  53: { code: 'denied', text: 'the directory is unwilling to do this' },
  64: invalid('the naming attribute does not fit the entry'),
  65: invalid('the object classes of the entry do not allow this', directoryPhrases.objectClass),
  66: invalid('the entry has children and cannot be removed'),
  67: invalid('the naming attribute cannot be changed this way'),
  68: { code: 'exists', text: 'an entry with this name exists already' },
  69: invalid('the object classes of an entry cannot be changed this way'),
  71: invalid('the entry cannot move to another database'),
  80: { code: 'internal', text: 'the directory failed' },
  122: { code: 'stale', text: 'the entry changed since it was read' },
}
