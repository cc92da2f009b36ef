/** `people email`: where somebody is told that their decision is waited for, and how rules name them. */
import type { Database } from '#core/database.ts'
import { GatewayError } from '#core/errors.ts'
import type { Ledger } from '#core/ledger/index.ts'

export interface EmailDeps {
  readonly database: Pick<Database, 'sql'>
  readonly ledger: Pick<Ledger, 'record'>
}

const isAddress = (text: string) => /^[^\s@<>"]+@[^\s@<>"]+$/.test(text) && text.length <= 254

/** @param address null: the person has none any more. Throws `bad_request`, `missing` and `conflict`. */
export async function setEmail(
  { database: { sql }, ledger }: EmailDeps,
  name: string,
  address: string | null,
  actor: string,
): Promise<void> {
  if (address !== null && !isAddress(address))
    throw new GatewayError('bad_request', 'this is no e-mail address', { hint: 'people email bea bea@example.org' })
  const [other] = await sql`select from person where lower(email) = lower(${address}) and name <> ${name}`
  if (other !== undefined)
    throw new GatewayError('conflict', 'somebody else has this address', { hint: 'every person needs an address of their own' })
  const { count } = await sql`update person set email = ${address} where name = ${name}`
  if (count === 0) throw new GatewayError('missing', `there is nobody named ${name}`)
  await ledger.record({ action: 'email_set', actor, detail: { name } })
}
