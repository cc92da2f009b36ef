/**
 * postgres.js that survives the loss of its connections. As it is (3.4.9), a transaction whose connection is lost may end the whole process,
 * and a connection that was lost at the wrong moment never sends again. So a pool that lost a connection takes no new work: the
 * next statement goes to a fresh pool, and a transaction that lost its connection sends nothing more.
 */
import postgres from 'postgres'
import type { Sql } from './database.ts'
import { isConnectionLost } from './outage.ts'
import { transactInTurn, transactOn, type Transact } from './transact.ts'

export interface LastingSql {
  /** Always the pool of the moment; use it as any `Sql`. */
  readonly sql: Sql
  /** In a pool of one connection, the last statements of a transaction leave together with its COMMIT. */
  readonly transact: Transact
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

const lostError = () => Object.assign(new Error('the connection to PostgreSQL was lost'), { code: 'CONNECTION_CLOSED' })

type Work = (tx: unknown) => unknown

interface Pool {
  readonly sql: Sql
  opened: boolean
  lost: boolean
  /** The transactions under way, to be told when nothing can become of them any more. */
  readonly open: Set<(error: Error) => void>
}

/** Options that postgres.js has understood, with the array types of the server. */
export type SqlTemplate = Readonly<Record<string, unknown>> & { readonly parsers: object; readonly serializers: object }

/**
 * Connects once, and learns the server's array types. Later pools do not ask for them: a connection that is lost while postgres.js asks
 * ends the process. Throws what postgres.js throws when the server cannot be reached.
 */
export async function learnSql(url: string, options: SqlOptions): Promise<SqlTemplate> {
  const first = postgres(url, { ...options, max: 1 })
  try {
    await first`select 1`
    return { ...(first.options as unknown as SqlTemplate), fetch_types: false, max_lifetime: null }
  } finally {
    await first.end({ timeout: 1 })
  }
}

/**
 * Connects when it is first used, like postgres.js.
 * @param own methods that stand in place of the pool's
 */
export function openLastingSql(template: SqlTemplate, max: number, own: Partial<Pick<Sql, 'listen'>> = {}): LastingSql {
  const endWithin = max === 1 ? 0 : othersEndWithin
  let ended = false
  let current = open()

  function open(): Pool {
    // Whoever changes the parsers of a pool, as drizzle does, changes no other's.
    const parsing = { parsers: { ...template.parsers }, serializers: { ...template.serializers } }
    const pool: Pool = {
      opened: false,
      lost: false,
      open: new Set(),
      // Connections are not renewed by age: each one that closes is one that was lost.
      sql: postgres({ ...template, ...parsing, max, onclose: () => retire(pool, endWithin) } as never) as unknown as Sql,
    }
    return pool
  }

  function retire(pool: Pool, timeout: number): void {
    if (pool.lost || ended) return
    pool.lost = true
    if (current === pool) current = open()
    void pool.sql.end({ timeout }).then(() => {
      for (const reject of pool.open) reject(lostError())
    })
  }

  /**
   * Neither COMMIT nor ROLLBACK may be sent on a connection that is gone. The transaction is left hanging then: postgres.js rejects it when it
   * sees the connection close, and we do when the pool has ended, because it does not always see it.
   */
  async function begin(...args: [work: Work] | [options: string, work: Work]): Promise<unknown> {
    const [options, work] = args.length === 1 ? ['', args[0]] : args
    const pool = current
    return unlessHopeless(pool, () =>
      pool.sql.begin(options, (async (tx: unknown) => unlessLost(pool, async () => work(tx))) as never),
    )
  }

  const transactAtOnce: Transact = (work) => {
    const pool = current
    return unlessHopeless(pool, async () => {
      await opened(pool)
      return transactOn(pool.sql, work, (send) => unlessLost(pool, send))
    })
  }

  const methods: Readonly<Record<string | symbol, unknown>> = { ...own, begin }
  const sql = new Proxy((() => {}) as unknown as Sql, {
    apply: (_target, _this, args) => Reflect.apply(current.sql, undefined, args),
    get: (_target, name) => methods[name] ?? Reflect.get(current.sql, name),
  })
  return {
    sql,
    transact: max === 1 ? transactAtOnce : (work) => transactInTurn(sql, work),
    pool: () => current.sql,
    abandon: () => retire(current, 0),
    async end() {
      ended = true
      await current.sql.end({ timeout: 5 })
    },
  }
}

/** postgres.js (3.4.9) reserves a connection that is open, and waits for ever for one that it has to open when types are not to be asked for. */
async function opened(pool: Pool): Promise<void> {
  if (pool.opened) return
  await pool.sql`select 1`
  pool.opened = true
}

/** Leaves hanging what lost its connection, so that nothing more is sent on it. */
async function unlessLost<Result>(pool: Pool, work: () => Promise<Result>): Promise<Result> {
  // It waited for a connection of a pool that was given up meanwhile.
  if (pool.lost) throw lostError()
  try {
    const result = await work()
    return pool.lost ? await never : result
  } catch (error) {
    if (pool.lost || isConnectionLost(error)) return never
    throw error
  }
}

async function unlessHopeless<Result>(pool: Pool, work: () => Promise<Result>): Promise<Result> {
  const { promise: hopeless, reject } = Promise.withResolvers<never>()
  pool.open.add(reject)
  try {
    return await Promise.race([work(), hopeless])
  } finally {
    pool.open.delete(reject)
  }
}
