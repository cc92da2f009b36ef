/**
 * postgres.js that survives the loss of its connections. As it is (3.4.9), a transaction whose connection is lost may end the whole process,
 * and a connection that was lost at the wrong moment never sends again. So a pool that lost a connection takes no new work: the
 * next statement goes to a fresh pool, and a transaction that lost its connection sends nothing more.
 */
import postgres from 'postgres'
import type { Sql } from './database.ts'
import { isConnectionLost } from './outage.ts'

export interface LastingSql {
  /** Always the pool of the moment; use it as any `Sql`. */
  readonly sql: Sql
  /** The pool of the moment itself: another object after a loss. */
  pool(): Sql
  /** Gives up the pool of the moment: its server no longer answers. */
  abandon(): void
  end(): Promise<void>
}

export type SqlOptions = Omit<NonNullable<Parameters<typeof postgres>[1]>, 'onclose' | 'onnotify' | 'max_lifetime' | 'backoff'>

/** Seconds that statements on the other connections of a pool get to end when one connection was lost. */
const othersEndWithin = 1
const never = new Promise<never>(() => {})

interface Pool {
  readonly sql: Sql
  lost: boolean
}

/**
 * Connects when it is first used, like postgres.js.
 * @param own methods that stand in place of the pool's
 */
export function openLastingSql(url: string, options: SqlOptions, own: Partial<Pick<Sql, 'listen'>> = {}): LastingSql {
  const endWithin = options.max === 1 ? 0 : othersEndWithin
  let ended = false
  let current = open()

  function open(): Pool {
    const pool: Pool = {
      lost: false,
      // Connections are not renewed by age: each one that closes is one that was lost.
      sql: postgres(url, { ...options, max_lifetime: null, onclose: () => retire(pool, endWithin) } as never) as unknown as Sql,
    }
    return pool
  }

  function retire(pool: Pool, timeout: number): void {
    if (pool.lost || ended) return
    pool.lost = true
    if (current === pool) current = open()
    void pool.sql.end({ timeout })
  }

  /**
   * Neither COMMIT nor ROLLBACK may be sent on a connection that is gone. The transaction is left hanging then, and postgres.js rejects it
   * by itself when the connection closes, at the latest when the pool is ended.
   */
  function begin(work: (tx: unknown) => unknown): Promise<unknown> {
    const pool = current
    const guarded = async (tx: unknown) => {
      try {
        const result = await work(tx)
        return pool.lost ? await never : result
      } catch (error) {
        if (pool.lost || isConnectionLost(error)) return never
        throw error
      }
    }
    return pool.sql.begin(guarded as never)
  }

  const methods: Readonly<Record<string | symbol, unknown>> = { ...own, begin }
  const sql = new Proxy((() => {}) as unknown as Sql, {
    apply: (_target, _this, args) => Reflect.apply(current.sql, undefined, args),
    get: (_target, name) => methods[name] ?? Reflect.get(current.sql, name),
  })
  return {
    sql,
    pool: () => current.sql,
    abandon: () => retire(current, 0),
    async end() {
      ended = true
      await current.sql.end({ timeout: 5 })
    },
  }
}
