/** One job's work on the roles of a PostgreSQL: finding, listing, proving. Changes: `changes.ts`. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import type { Driver } from '#connectors/kit/connector.ts'
import type { Conversation } from '../conversation.ts'
import type { AccountsTarget } from '../accounts/target.ts'
import { surveyServer } from '../survey.ts'
import { refused } from '../accounts/refusal.ts'
import { phrases } from '../phrases.ts'
import { createChanges } from './changes.ts'
import { searchable, selectAccounts, selectPage, selectRole, spelling, toAccounts, type Rights, type RoleAccess } from './role.ts'
import { schemaOf } from './schema.ts'
import { verifies } from './scram.ts'

/** So often the rights of the service account are looked up again. */
const rightsMs = 300_000

export function createPostgresOpener(target: AccountsTarget): (conversation: Conversation) => Promise<Driver> {
  let known: { readonly rights: Rights; readonly until: number } | null = null
  return async (conversation) => {
    if (known === null || Date.now() >= known.until)
      known = { rights: await rightsOf(conversation), until: Date.now() + rightsMs }
    return createRoleDriver({ ...target, conversation, rights: known.rights })
  }
}

async function rightsOf(conversation: Conversation): Promise<Rights> {
  const { rows } = await conversation.read({
    text: `SELECT current_user::text, has_table_privilege('pg_catalog.pg_authid', 'SELECT, UPDATE')::text`,
    values: [],
  })
  const [user = '', reads = ''] = rows[0] ?? []
  return { user: String(user), readsPasswords: reads === 'true' }
}

function createRoleDriver(access: RoleAccess): Driver {
  const { conversation, target, config } = access

  async function find({ nativeId, correlate }: AccountKey): Promise<Account | null> {
    if (nativeId !== null) {
      // An oid is a number of 32 bits; any other text is the oid of nothing.
      if (!/^\d{1,10}$/.test(nativeId) || Number(nativeId) > 0xffff_ffff) return null
      return toAccounts(access, await conversation.read(selectRole(access, nativeId)))[0] ?? null
    }
    const wanted = correlationOf({ correlate }).map(([attribute, values]) => {
      const [value, ...others] = values
      if (searchable[attribute] === undefined)
        throw refused('config', target, `roles cannot be found by ${attribute}`, phrases.byNameOrComment, attribute)
      if (value === undefined || others.length > 0)
        throw refused('invalid', target, `correlating by ${attribute} needs exactly one value`, undefined, attribute)
      return [attribute, value] as const
    })
    const found = toAccounts(access, await conversation.read(selectAccounts(access, wanted)))
    if (found.length > 1)
      throw new GatewayError('ambiguous', `${target}: several roles have the correlating values`, {
        sent: 'yes',
        hint: phrases.byName,
      })
    return found[0] ?? null
  }

  return {
    spelling,
    find,
    ...createChanges(access),
    async holdsSecret(current, attribute, secret) {
      if (attribute !== config.accounts.passwordAttribute || !access.rights.readsPasswords) return null
      const now = await find({ nativeId: current.nativeId, correlate: {} })
      const verifier = now?.secrets?.[attribute]
      return verifier === undefined || now === null ? false : verifies(verifier, secret, now.label)
    },
    testConnection: () => access.test(),
    discoverSchema: () => Promise.resolve(schemaOf(config)),
    survey: async () => ({
      ...(await surveyServer(config, conversation)),
      facts: [access.rights.readsPasswords ? phrases.readsVerifiers : phrases.hiddenVerifiers],
      narrows: access.rights.readsPasswords ? {} : { undo: { password: 'reset' } },
    }),
    async *list(pageSize) {
      let last = '0'
      for (;;) {
        const page: readonly Account[] = toAccounts(access, await conversation.read(selectPage(access, last, pageSize)))
        if (page.length > 0) yield page
        if (page.length < pageSize) return
        last = page.at(-1)?.nativeId ?? last
      }
    },
    [Symbol.asyncDispose]: () => conversation[Symbol.asyncDispose](),
  }
}
