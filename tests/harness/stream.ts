/**
 * A steady stream of newcomers, as an IAM sends them: each with an Idempotency-Key, sent again, to the next server, until it is
 * answered 2xx. What it remembers is what a test of faults must find again: every answer, every accepted request.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { TestPostgres } from './postgres.ts'
import { sqlTargets, targetDatabase } from './sql-targets.ts'
import type { Targets, World } from './world.ts'

export interface Sent {
  readonly externalId: string
  readonly key: string
  readonly sentAt: number
  /** What each attempt was answered with; 0 = no answer. */
  readonly statuses: number[]
  /** Null until it was answered 2xx. */
  requestId: string | null
  acceptedAt: number | null
}

export interface Stream {
  readonly sent: readonly Sent[]
  /** Sends no more, and waits until all that was sent is accepted. */
  stop(withinMs?: number): Promise<void>
}

export interface StreamOptions {
  readonly apiKey: string
  readonly urls: readonly string[]
  readonly perSecond: number
  /** Lower-case letters that tell the identities of one stream from those of another. */
  readonly prefix: string
}

const patienceMs = 200

export function openStream({ apiKey, urls, perSecond, prefix }: StreamOptions): Stream {
  const sent: Sent[] = []
  const deliveries: Promise<void>[] = []
  let givesUpAt = Infinity
  const timer = setInterval(() => {
    const number = sent.length
    const one: Sent = {
      externalId: `${prefix}-${number}`,
      key: `key-${prefix}-${number}`,
      sentAt: Date.now(),
      statuses: [],
      requestId: null,
      acceptedAt: null,
    }
    sent.push(one)
    deliveries.push(deliver(one, number))
  }, 1_000 / perSecond)

  async function deliver(one: Sent, number: number): Promise<void> {
    for (let turn = number; one.requestId === null && Date.now() < givesUpAt; turn++) {
      const answer = await post(`${urls[turn % urls.length]}/api/v1/requests`, apiKey, one).catch(() => null)
      one.statuses.push(answer?.status ?? 0)
      if (answer !== null && answer.status < 300) {
        one.requestId = answer.id
        one.acceptedAt = Date.now()
      } else await delay(patienceMs)
    }
  }
  return {
    sent,
    async stop(withinMs = 20_000) {
      clearInterval(timer)
      givesUpAt = Date.now() + withinMs
      await Promise.all(deliveries)
      const lost = sent.filter((one) => one.requestId === null)
      if (lost.length > 0)
        throw new Error(`${lost.length} of ${sent.length} were never accepted, such as ${JSON.stringify(lost[0])}`)
    },
  }
}

async function post(url: string, apiKey: string, { externalId, key }: Sent): Promise<{ status: number; id: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${apiKey}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
      Prefer: 'respond-async, return=minimal',
    },
    body: JSON.stringify({
      kind: 'create',
      externalId,
      attributes: { givenName: 'Ada', familyName: familyNameOf(externalId), organizationalUnit: 'Finance' },
    }),
    signal: AbortSignal.timeout(15_000),
  })
  const body = (await response.json()) as { id: string }
  return { status: response.status, id: body.id }
}

/** Letters only, so that the rules leave it alone: `ab-12` → `Abbc`. */
export function familyNameOf(externalId: string): string {
  const [prefix = '', number = ''] = externalId.split('-')
  const letters = number.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
  return `${prefix.charAt(0).toUpperCase()}${prefix.slice(1)}${letters}`
}

/** The two SQL targets with a journal of every effect on their accounts, so that an effect that came twice shows. */
export async function journaledTargets(postgres: TestPostgres): Promise<Targets> {
  const targets = await sqlTargets(postgres)
  await postgres.query(
    targetDatabase,
    `create table public.journal (id bigint generated always as identity, what text not null, login text not null);
     create function public.journal_it() returns trigger language plpgsql as $$ begin
       insert into public.journal (what, login) values (tg_op || ' ' || tg_table_schema,
         case tg_table_schema when 'directory' then to_jsonb(coalesce(new, old)) ->> 'login' else to_jsonb(coalesce(new, old)) ->> 'username' end);
       return null; end $$;
     create trigger journaled after insert or update or delete on directory.person for each row execute function public.journal_it();
     create trigger journaled after insert or update or delete on intranet.account for each row execute function public.journal_it();`,
  )
  return targets
}

export interface Outcome {
  readonly sent: number
  /** 2xx answers whose request the ledger does not know. */
  readonly lost: number
  readonly states: Readonly<Record<string, number>>
  /** Accounts that were made, changed or removed more often than once. */
  readonly doubleEffects: number
  /** Accounts that should be there and are not, in one target or the other. */
  readonly missing: number
}

/** Waits until everything accepted is final, and counts what came of it. `postgres` holds the targets. */
export async function outcomeOf(
  { sent }: Stream,
  world: Pick<World, 'query'>,
  postgres: TestPostgres,
  withinMs = 60_000,
): Promise<Outcome> {
  const ids = sent.flatMap((one) => one.requestId ?? [])
  const states = await finalStates(world, ids, withinMs)
  const logins = sent.map((one) => `a${familyNameOf(one.externalId).toLowerCase()}`)
  const [journal] = await postgres.query(
    targetDatabase,
    `select (select count(*)::int from (select from public.journal where login = any($1) group by login, split_part(what, ' ', 2) having count(*) > 1) as often) as "doubleEffects",
       (select 2 * cardinality($1::text[]) - (select count(*) from directory.person where login = any($1)) - (select count(*) from intranet.account where username = any($1)))::int as missing`,
    [logins],
  )
  const counted = Object.values(states).reduce((sum, count) => sum + count, 0)
  return {
    sent: sent.length,
    lost: new Set(ids).size - counted,
    states,
    doubleEffects: Number(journal?.doubleEffects),
    missing: Number(journal?.missing),
  }
}

async function finalStates(
  { query }: Pick<World, 'query'>,
  ids: readonly string[],
  withinMs: number,
): Promise<Record<string, number>> {
  for (const end = Date.now() + withinMs; ; await delay(100)) {
    const rows = await query(
      `select state, count(*)::int as count, bool_and(settled_at is not null) as final from passerelle.request where id = any($1) group by state`,
      [ids],
    )
    if (rows.every((row) => row.final === true) || Date.now() > end)
      return Object.fromEntries(rows.map((row) => [String(row.state), Number(row.count)]))
  }
}
