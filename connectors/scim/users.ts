/** Finding users by id or by filter, inactive ones included, and listing all of them. */
import type { Account, AccountKey } from '#core/account.ts'
import { GatewayError } from '#core/errors.ts'
import { correlationOf } from '#connectors/kit/correlation.ts'
import { path } from '#connectors/kit/http.ts'
import { missingFrom } from '#connectors/kit/spelling.ts'
import type { Scalar } from '#core/values.ts'
import * as v from 'valibot'
import { createSpelling, Resource, toAccount, valuesAt } from './mapping.ts'
import { membershipsOf } from './groups.ts'
import { phrases } from './phrases.ts'
import { listOf, literal, type ScimServer } from './server.ts'

/** So many users may match in the server's eyes before we stop looking for the one that does in ours. */
const lookalikes = 20

export async function findAccount(server: ScimServer, { nativeId, correlate }: AccountKey): Promise<Account | null> {
  const user = nativeId === null ? await correlated(server, correlate) : await userById(server, nativeId)
  return user === null ? null : complete(server, user)
}

export async function complete(server: ScimServer, user: Resource): Promise<Account> {
  return toAccount(server.schema, user, await membershipsOf(server, user))
}

/** With the version of the answer's head where the resource does not tell it. */
export async function userById({ tell }: ScimServer, id: string): Promise<Resource | null> {
  // An id that no address can hold is nobody's.
  if (id === '' || id === '.' || id === '..' || !id.isWellFormed()) return null
  const { status, json, headers } = await tell({
    doing: 'reading the user',
    method: 'GET',
    path: path`/Users/${id}`,
    also: [404],
  })
  const user = status === 404 ? null : v.safeParse(Resource, json)
  if (user === null) return null
  if (!user.success) throw new GatewayError('config', 'reading the user: the answer is no user of SCIM', { sent: 'yes' })
  const version = user.output.meta?.version ?? headers['etag']
  return version === undefined ? user.output : { ...user.output, meta: { ...user.output.meta, version } }
}

async function correlated(server: ScimServer, correlate: AccountKey['correlate']): Promise<Resource | null> {
  const { ask, schema, target } = server
  const spelling = createSpelling(schema)
  const wanted = correlationOf({ correlate })
  const filter = wanted.flatMap(([name, values]) => values.map((value) => condition(server, name, value))).join(' and ')
  const call = { doing: 'searching the user', method: 'GET', path: '/Users', query: { filter, count: lookalikes } } as const
  const { Resources: found } = await ask(listOf(Resource), call)
  const hits = found.filter((user) =>
    wanted.every(([name, values]) => missingFrom(spelling, name, values, valuesAt(user, schema.place(name))).length === 0),
  )
  if (hits.length > 1 || found.length >= lookalikes)
    throw new GatewayError('ambiguous', `${target}: several users have the correlating values`, {
      sent: 'yes',
      hint: phrases.unique,
    })
  return hits[0] ?? null
}

function condition({ schema }: ScimServer, name: string, value: Scalar): string {
  const place = schema.place(name)
  const attribute = place.extension === null ? place.attribute : `${place.extension}:${place.attribute}`
  const wanted = `eq ${literal(createSpelling(schema).value(name, value))}`
  if (place.sub === null) return `${attribute} ${wanted}`
  if (place.type === null) return `${attribute}.${place.sub} ${wanted}`
  return `${attribute}[type eq ${literal(place.type)} and ${place.sub} ${wanted}]`
}

export async function* listAccounts(server: ScimServer, pageSize: number): AsyncIterable<readonly Account[]> {
  for (let startIndex = 1; ;) {
    const query = { startIndex, count: pageSize }
    const call = { doing: 'listing the users', method: 'GET', path: '/Users', query } as const
    const { Resources: users, totalResults } = await server.ask(listOf(Resource), call)
    const page: Account[] = []
    for (const user of users) page.push(await complete(server, user))
    if (page.length > 0) yield page
    startIndex += users.length
    if (users.length === 0 || startIndex > totalResults) return
  }
}
