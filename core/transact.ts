/**
 * Transactions that end in one trip to the server: what they have locked, the head of the audit trail above all, is free a trip earlier, and
 * under load a trip is as long as a turn of this process's event loop.
 */
import type { Sql, Tx } from './database.ts'
import { together } from './ledger/together.ts'

/** Does some work as one transaction. */
export type Transact = <Result>(work: (tx: Tx) => Promise<Ending<Result>>) => Promise<Result>

export interface Ending<Result> {
  readonly result: Result
  /** Sends the last statements, whose answers nothing but the outcome depends on. */
  readonly last: () => Promise<unknown>
}

/** postgres.js (3.4.9) keeps what is shorter than a kilobyte until the end of the event loop's turn; others wait for what is locked meanwhile. */
const atOnce = (statement: string) => statement.padEnd(1_024)
const [begin, end] = ['begin', 'commit'].map(atOnce) as [string, string]

/**
 * Needs a connection that is open already, or types that postgres.js still asks for: otherwise its `reserve` never answers (3.4.9).
 * @param sending has the last word on whether anything is sent, and whether to go on after the answer
 */
export async function transactOn<Result>(
  sql: Sql,
  work: (tx: Tx) => Promise<Ending<Result>>,
  sending: <Answer>(send: () => Promise<Answer>) => Promise<Answer> = (send) => send(),
): Promise<Result> {
  const connection = await sql.reserve()
  const tx = connection as unknown as Tx
  try {
    await sending(() => tx.unsafe(begin))
    const { result, last } = await sending(() => work(tx))
    await sending(() => commit(tx, last))
    connection.release()
    return result
  } catch (error) {
    await sending(() => tx`rollback`)
    connection.release()
    throw error
  }
}

/** PostgreSQL takes statements in the order in which they are sent, and rolls back at COMMIT when one of the transaction failed. */
async function commit(tx: Tx, last: Ending<unknown>['last']): Promise<void> {
  const [, { command }] = await together([last(), tx.unsafe(end).execute()])
  if (command !== 'COMMIT')
    throw new Error('the transaction was rolled back: a statement of it had failed, and nobody had looked')
}

/** The same in a pool of several connections, where the last statements have a trip of their own. */
export function transactInTurn<Result>(sql: Sql, work: (tx: Tx) => Promise<Ending<Result>>): Promise<Result> {
  return sql.begin(async (tx) => {
    const { result, last } = await work(tx as Tx)
    await last()
    return result
  }) as Promise<Result>
}
