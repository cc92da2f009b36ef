/**
 * The audit trail: append-only, gap-free, each row chained to the one before by an HMAC, so that an edit, a removal or a
 * reordering shows. Rows are written in the transaction of the change they tell of. Details hold ids, codes and counts.
 */
import { createHmac } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import { asRows, type Sql, type Tx } from './database.ts'

export interface AuditEntry {
  readonly action: string
  readonly actor: string
  readonly requestId?: string
  /** Where it happened; what happened in several targets of a request alike and at once is one row, which names them all, with commas. */
  readonly target?: string
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

export interface AuditChain {
  /** Appends the entries within `tx`. The chain's head stays locked until the transaction ends: call it last. */
  append(tx: Tx, entries: readonly AuditEntry[]): Promise<void>
  /** Recomputes the whole chain; returns the first sequence number that does not fit, or null. */
  verify(sql: Sql): Promise<number | null>
}

interface ChainedRow {
  readonly seq: number
  readonly at: string
  readonly action: string
  readonly actor: string
  readonly request_id: string | null
  readonly target: string | null
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** @param key 32 bytes, derived for this use alone */
export function createAuditChain(key: Buffer): AuditChain {
  const chain = (previous: Uint8Array, row: ChainedRow) =>
    createHmac('sha256', key).update(previous).update(canonicalJson(row)).digest()

  return {
    async append(tx, entries) {
      if (entries.length === 0) return
      const [head] = await tx<{ seq: number; mac: Buffer; at: Date }[]>`
        select seq, mac, date_trunc('milliseconds', clock_timestamp()) as at from audit_head where one for update`
      if (head === undefined) throw new Error('the audit head is missing')
      let { seq, mac } = head
      const at = head.at.toISOString()
      const rows = entries.map((entry) => {
        seq++
        const row = {
          seq,
          at,
          action: entry.action,
          actor: entry.actor,
          request_id: entry.requestId ?? null,
          target: entry.target ?? null,
          detail: entry.detail ?? {},
        }
        mac = chain(mac, row)
        return { ...row, mac: mac.toString('hex') }
      })
      await tx`
        with head as (update audit_head set seq = ${seq}, mac = ${mac} where one)
        insert into audit (seq, at, action, actor, request_id, target, detail, mac)
        select seq, at, action, actor, request_id, target, detail, decode(mac, 'hex')
        from jsonb_to_recordset(${asRows(tx, rows)}) as row (seq bigint, at timestamptz, action text, actor text, request_id uuid, target text, detail jsonb, mac text)`
    },

    verify: (sql) =>
      // Rows and head as of one moment: the trail grows while it is read.
      sql.begin('isolation level repeatable read read only', async (tx) => {
        let mac: Uint8Array = Buffer.of(0)
        let seq = 0
        const rows = tx<(Omit<ChainedRow, 'at'> & { at: Date; mac: Buffer })[]>`
          select seq, at, action, actor, request_id, target, detail, mac from audit order by seq`
        for await (const page of rows.cursor(1000)) {
          for (const { mac: stored, at, ...row } of page) {
            seq++
            mac = chain(mac, { ...row, at: at.toISOString() })
            if (row.seq !== seq || !stored.equals(mac)) return seq
          }
        }
        const [head] = await tx<{ seq: number; mac: Buffer }[]>`select seq, mac from audit_head`
        return head !== undefined && head.seq === seq && head.mac.equals(mac) ? null : seq + 1
      }),
  }
}
