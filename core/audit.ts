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
  /**
   * Gives the entries their place in the chain, whose head stays locked until the transaction ends: call it last. What it answers sends the rows;
   * nothing but the end of the transaction is to follow.
   */
  append(tx: Tx, entries: readonly AuditEntry[]): Promise<() => Promise<unknown>>
  /** Recomputes the whole chain; returns the first sequence number that does not fit, or null. */
  verify(sql: Sql): Promise<number | null>
}

interface Row {
  readonly action: string
  readonly actor: string
  readonly request_id: string | null
  readonly target: string | null
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** A row in its place; what is chained is its canonical JSON. */
interface ChainedRow extends Row {
  readonly seq: number
  readonly at: string
}

const macBytes = 32

/** A row as it is sent; `place` counts from 0. */
function toRow(entry: AuditEntry, place: number): Row & { readonly place: number } {
  const { action, actor, requestId = null, target = null, detail = {} } = entry
  return { place, action, actor, request_id: requestId, target, detail }
}

/** The canonical JSON of a `ChainedRow` but for its place in the chain, which is filled in. */
function toUnplaced({ action, actor, detail, request_id, target }: Row): (at: string, seq: number) => string {
  const first = `{"action":${canonicalJson(action)},"actor":${canonicalJson(actor)},"at":"`
  const middle = `","detail":${canonicalJson(detail)},"request_id":${canonicalJson(request_id)},"seq":`
  const last = `,"target":${canonicalJson(target)}}`
  return (at, seq) => first + at + middle + seq + last
}

/** @param key 32 bytes, derived for this use alone */
export function createAuditChain(key: Buffer): AuditChain {
  const chain = (previous: Uint8Array, canonicalRow: string) =>
    createHmac('sha256', key).update(previous).update(canonicalRow).digest()

  return {
    async append(tx, entries) {
      if (entries.length === 0) return async () => undefined
      // All that can be written before the head is locked: everybody's writes wait from there to the commit.
      const rows = entries.map(toRow)
      const unplaced = rows.map(toUnplaced)
      const [head] = await tx<{ seq: number; mac: Buffer; at: Date }[]>`
        select seq, mac, date_trunc('milliseconds', clock_timestamp()) as at from audit_head where one for update`
      if (head === undefined) throw new Error('the audit head is missing')
      const at = head.at.toISOString()
      const macs = Buffer.alloc(rows.length * macBytes)
      let { mac } = head
      for (const [index, place] of unplaced.entries()) {
        mac = chain(mac, place(at, head.seq + 1 + index))
        mac.copy(macs, index * macBytes)
      }
      return () =>
        tx`
        with head as (update audit_head set seq = ${head.seq + rows.length}, mac = ${mac} where one)
        insert into audit (seq, at, action, actor, request_id, target, detail, mac)
        select ${head.seq}::bigint + 1 + place, ${at}::timestamptz, action, actor, request_id, target, detail,
          substring(${macs}::bytea from place * ${macBytes}::int + 1 for ${macBytes}::int)
        from jsonb_to_recordset(${asRows(tx, rows)}) as row (place int, action text, actor text, request_id uuid, target text, detail jsonb)`.execute()
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
            mac = chain(mac, canonicalJson({ ...row, at: at.toISOString() }))
            if (row.seq !== seq || !stored.equals(mac)) return seq
          }
        }
        const [head] = await tx<{ seq: number; mac: Buffer }[]>`select seq, mac from audit_head`
        return head !== undefined && head.seq === seq && head.mac.equals(mac) ? null : seq + 1
      }),
  }
}
