/**
 * The one way into the ledger. Writes that arrive while the previous transaction commits share the next one, of whatever kind
 * they are; the audit rows of all of them are chained last, so that the chain's head is locked as shortly as possible.
 *
 * A write that cannot be done must not take its neighbours with it: when a shared transaction fails, each write is tried
 * alone.
 */
import type { AuditChain, AuditEntry } from '../audit.ts'
import { coalesce } from '../coalesce.ts'
import { asRows, type Tx } from '../database.ts'
import type { Transact } from '../transact.ts'
import type { Logger } from '../log.ts'
import { isOutage } from '../outage.ts'
import type { RequestState } from '../states.ts'
import { together } from './together.ts'

/** What a write wants to be known, besides its rows. */
export interface Recorder {
  audit(entry: AuditEntry): void
  /** Tells live views and waiting callers that a request (with its new state) or one of its steps changed. */
  changed(requestId: string, state?: RequestState): void
  /** Tells the relays that there is something in the outbox. */
  rang(): void
  /** Tells whoever watches the log, once it is durable, that a request waits for people. */
  alert(requestId: string, code: string): void
}

export type Statement<Input, Output> = (tx: Tx, inputs: readonly Input[], record: Recorder) => Promise<readonly Output[]>

export const eventsChannel = 'passerelle_events'
export const outboxChannel = 'passerelle_outbox'

export interface LedgerWriter {
  /** Registers a kind of write. In a shared transaction, kinds begin in the order of their registration and do not wait for each other. */
  statement<Input, Output>(run: Statement<Input, Output>): (input: Input) => Promise<Output>
}

export interface WriterOptions {
  readonly transact: Transact
  readonly audit: AuditChain
  readonly log: Logger
  /** Writes of one transaction that tell of many requests under way. */
  readonly crowd: number
}

/** Under load a transaction takes about as long. */
const lingerMs = 8

interface Write {
  readonly kind: number
  readonly input: unknown
}

export function createWriter({ transact, audit, log, crowd }: WriterOptions): LedgerWriter {
  const statements: Statement<unknown, unknown>[] = []

  const transaction = async (writes: readonly Write[]) => {
    const notes = createNotes()
    const outputs = await commit(writes, notes)
    for (const [requestId, code] of notes.alerts)
      log.error({ alert: true, requestId, code }, 'a request needs people to resolve it')
    return outputs
  }

  const commit = (writes: readonly Write[], notes: Notes) =>
    transact(async (tx) => {
      const outputs = new Array<unknown>(writes.length)
      const places = Map.groupBy(writes.keys(), (index) => writes[index]?.kind)
      const doKind = async (run: Statement<unknown, unknown>, kind: number) => {
        const indexes = places.get(kind)
        if (indexes === undefined) return
        const inputs = indexes.map((index) => writes[index]?.input)
        const results = await run(tx, inputs, notes)
        for (const [position, index] of indexes.entries()) outputs[index] = results[position]
      }
      await together(statements.map(doKind))
      // The chain's head is locked from here to the commit.
      const [last] = await together([audit.append(tx, [...notes.entries.values()]), notify(tx, notes)])
      return { result: outputs, last }
    })

  const attempt = async (write: Write): Promise<PromiseSettledResult<unknown>> =>
    transaction([write]).then(
      (outputs) => ({ status: 'fulfilled', value: outputs[0] }) as const,
      (reason: unknown) => ({ status: 'rejected', reason }) as const,
    )

  const submit = coalesce<Write, PromiseSettledResult<unknown>>(
    async (writes) => {
      try {
        return (await transaction(writes)).map((value) => ({ status: 'fulfilled', value }) as const)
      } catch (err) {
        // Whether it was committed is not known when the connection is lost: what that means is for each caller to say.
        if (writes.length === 1 || isOutage(err)) return writes.map(() => ({ status: 'rejected', reason: err }) as const)
        log.warn({ err, writes: writes.length }, 'a shared ledger transaction failed; its writes are tried one by one')
        const results: PromiseSettledResult<unknown>[] = []
        for (const write of writes) results.push(await attempt(write))
        return results
      }
    },
    { limit: 500, lingering: { crowd, ms: lingerMs } },
  )

  return {
    statement<Input, Output>(run: Statement<Input, Output>) {
      const kind = statements.push(run as Statement<unknown, unknown>) - 1
      return async (input: Input) => {
        const result = await submit({ kind, input })
        if (result.status === 'rejected') throw result.reason
        return result.value as Output
      }
    },
  }
}

interface Notes extends Recorder {
  /** By what they say but for the target: a row for each step would be half of all that the ledger writes. */
  readonly entries: Map<string, AuditEntry>
  readonly changes: Map<string, RequestState | ''>
  readonly alerts: Map<string, string>
  rung: boolean
}

function createNotes(): Notes {
  return {
    entries: new Map(),
    changes: new Map(),
    alerts: new Map(),
    rung: false,
    audit(entry) {
      const { action, requestId = '', target, actor, detail } = entry
      const key = target === undefined ? `${this.entries.size}` : `${action} ${requestId} ${actor} ${JSON.stringify(detail)}`
      const alike = this.entries.get(key)
      this.entries.set(key, alike === undefined ? entry : { ...alike, target: `${alike.target},${target}` })
    },
    changed(requestId, state) {
      if (state !== undefined || !this.changes.has(requestId)) this.changes.set(requestId, state ?? '')
    },
    rang() {
      this.rung = true
    },
    alert(requestId, code) {
      this.alerts.set(requestId, code)
    },
  }
}

/** A notification holds at most 8,000 bytes (PostgreSQL, NOTIFY): about 60 a request, so 100 of them. */
const changesPerNotification = 100

async function notify(tx: Tx, { changes, rung }: Notes): Promise<void> {
  const lines = [...changes].map(([id, state]) => `${id} ${state}`)
  const payloads: [string, string][] = rung ? [[outboxChannel, '']] : []
  for (let start = 0; start < lines.length; start += changesPerNotification)
    payloads.push([eventsChannel, lines.slice(start, start + changesPerNotification).join('\n')])
  if (payloads.length === 0) return
  await tx`select pg_notify(channel, payload) from jsonb_to_recordset(${asRows(
    tx,
    payloads.map(([channel, payload]) => ({ channel, payload })),
  )}) as n (channel text, payload text)`
}
