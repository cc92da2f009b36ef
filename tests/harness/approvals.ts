/** What tests of approvals need: rules that ask, people who answer, and the questions that are open. */
import { openDatabase } from '#core/database.ts'
import type { Approval, Role } from '#server/api/types.ts'
import { createPerson } from '#server/auth/sessions.ts'
import type { Answer } from './client.ts'
import { shippedRules } from './sql-targets.ts'
import type { World } from './world.ts'

/** The shipped rules; whoever has one of these titles needs people's agreement. */
export const rulesThatAsk = () => ({
  ...shippedRules(),
  approvals: [
    { name: 'Directors', when: `title = 'Director'`, role: 'approver', expires: '1h' },
    { name: 'Treasurers', when: `title = 'Treasurer'`, role: 'approver', quorum: 2, expires: '2h' },
    { name: 'Operations', when: `plan.steps.attributes.title = 'Operator'`, role: 'operator', expires: '30m' },
  ],
})

export function applicant(externalId: string, familyName: string, title = 'Director', organizationalUnit = 'Finance') {
  return { kind: 'create', externalId, attributes: { givenName: 'Ada', familyName, title, organizationalUnit } }
}

export type Headers = Record<string, string>

/** Makes people of these names and roles, and logs them in. */
export async function openPeople<Name extends string>(
  world: World,
  people: Readonly<Record<Name, Role>>,
): Promise<Record<Name, Headers>> {
  await using database = await openDatabase({ url: world.databaseUrl, name: 'test', poolSize: 1 })
  const entries = await Promise.all(
    Object.entries<Role>(people).map(async ([name, role]) => {
      await createPerson(database.sql, name, role, `password of ${name}`)
      return [name, await world.login(name, `password of ${name}`)] as const
    }),
  )
  return Object.fromEntries(entries) as Record<Name, Headers>
}

/** The newest approvals of a request. */
export async function approvalsOf(world: World, requestId: string, headers: Headers): Promise<readonly Approval[]> {
  const { body } = await world.call<{ items: readonly Approval[] }>(
    'GET',
    `/api/v1/approvals?request=${requestId}`,
    undefined,
    headers,
  )
  return body.items
}

export function decide(
  world: World,
  { id, planHash }: Pick<Approval, 'id' | 'planHash'>,
  headers: Headers,
  decision: 'approve' | 'refuse' = 'approve',
): Promise<Answer<Approval & { readonly code?: string }>> {
  const body = { decision, planHash, reason: 'discussed with the head of department' }
  return world.call('POST', `/api/v1/approvals/${id}/decisions`, body, headers)
}
