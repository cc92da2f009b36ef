/** A source's webhook: where it wants to hear what became of its requests, and the secret that the calls are signed with, which is kept sealed. */
import { isNetwork } from '#core/egress-address.ts'
import type { Sql, Tx } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Sealer } from '#core/sealing.ts'
import { uuidv7 } from '#core/uuid.ts'
import * as v from 'valibot'

export const WebhookConfig = v.strictObject({
  url: v.pipe(
    v.string(),
    v.regex(/^https?:\/\//, 'a webhook’s address begins with https://'),
    v.check((text) => {
      const url = URL.parse(text)
      return url !== null && url.username === '' && url.password === ''
    }, 'a webhook’s address is a URL without a user in it'),
    v.description('Called by POST when a request of the source has ended.'),
  ),
  secret: v.pipe(
    v.string(),
    v.minLength(32, 'the secret of a webhook has at least 32 characters'),
    v.description('Signs the calls: HMAC-SHA-256 in the header Passerelle-Signature.'),
  ),
  events: v.optional(
    v.pipe(v.picklist(['all', 'failed']), v.description('failed: only of requests that did not succeed.')),
    'all',
  ),
  allow: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.check(isNetwork, 'an address, or a network such as 10.0.0.0/8'))),
      v.maxLength(20),
      v.description('Addresses of this machine or its links that may be called; others need no leave.'),
    ),
    [],
  ),
})
export type WebhookConfig = v.InferOutput<typeof WebhookConfig>

interface WebhookRow {
  readonly url: string
  readonly secret: string
  readonly events: WebhookConfig['events']
  readonly allow: readonly string[]
}

export interface WebhookDeps {
  readonly sql: Sql
  readonly sealer: Sealer
  readonly ledger: Pick<Ledger, 'openSealed'>
}

/** Writes what differs; says whether anything did. */
export async function applyWebhook(deps: WebhookDeps, source: string, wanted: WebhookConfig | undefined): Promise<boolean> {
  const { sql } = deps
  const [known] = await sql<WebhookRow[]>`select url, secret, events, allow from source_webhook where source = ${source}`
  if (wanted === undefined ? known === undefined : known !== undefined && (await isSame(deps, known, wanted))) return false
  await sql.begin(async (tx) => {
    await tx`delete from source_webhook where source = ${source}`
    if (known !== undefined) await tx`delete from sealed where id = ${known.secret}`
    if (wanted !== undefined) await insert(tx, deps.sealer, source, wanted)
  })
  return true
}

async function isSame(
  { ledger }: WebhookDeps,
  known: WebhookRow,
  { url, secret, events, allow }: WebhookConfig,
): Promise<boolean> {
  const clear = (await ledger.openSealed([known.secret])).get(known.secret)
  return known.url === url && known.events === events && known.allow.join(' ') === allow.join(' ') && clear === secret
}

async function insert(tx: Tx, sealer: Sealer, source: string, { url, secret, events, allow }: WebhookConfig): Promise<void> {
  const id = uuidv7()
  await tx`insert into sealed (id, purpose, data) values (${id}, 'source|webhook', ${sealer.seal(`source|webhook|${id}`, secret)})`
  await tx`insert into source_webhook (source, url, secret, events, allow) values (${source}, ${url}, ${id}, ${events}, ${allow})`
}
