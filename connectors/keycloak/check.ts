/** Testing a realm from the name of its server to its user profile, so that the first failing step says what to mend. */
import type { Egress } from '#core/egress.ts'
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import type { Authorization } from '#connectors/kit/http-authorization.ts'
import { httpReachSteps } from '#connectors/kit/http-config.ts'
import { inSteps } from '#connectors/kit/probe.ts'
import * as v from 'valibot'
import { isOwnField } from './mapping.ts'
import { phrases } from './phrases.ts'
import { isKept, readProfile, type Realm } from './realm.ts'

export interface CheckOptions {
  readonly realm: Realm
  readonly egress: Pick<Egress, 'reach'>
  readonly authorization: Authorization
  readonly signal: AbortSignal
}

export function testRealm({ realm, egress, authorization, signal }: CheckOptions): Promise<ConnectionReport> {
  return inSteps([
    ...httpReachSteps(egress, realm.config.url),
    {
      check: 'login',
      run: async () => {
        await authorization.headers(signal)
        return phrases.loggedIn
      },
    },
    { check: 'rights', run: () => checkRights(realm) },
    { check: 'schema', run: () => checkProfile(realm) },
  ])
}

const Users = v.array(v.object({ access: v.optional(v.object({ manage: v.optional(v.boolean()) })) }))

async function checkRights(realm: Realm): Promise<Phrase> {
  const query = { first: 0, max: 1, briefRepresentation: false }
  const [user] = await realm.ask(Users, { doing: 'reading a user', method: 'GET', path: '/users', query })
  if (user?.access?.manage === false)
    throw new GatewayError('denied', 'the service account may read users and not change them', {
      sent: 'yes',
      hint: phrases.manageUsers,
    })
  return user === undefined ? phrases.canRead : phrases.canChange
}

async function checkProfile(realm: Realm): Promise<Phrase> {
  const profile = await readProfile(realm)
  const dropped = realm.config.attributes.filter((name) => !isOwnField(name) && !isKept(profile, name))
  if (dropped.length === 0) return phrases.keeps
  throw new GatewayError('config', `the realm would drop without a word: ${dropped.join(', ')}`, {
    sent: 'yes',
    hint: phrases.addAllToProfile,
  })
}
