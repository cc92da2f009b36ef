/**
 * Requests that were planned on what never came to be are planned again when their turn comes: here, because servers have the rules. Any number
 * of servers may do so at once; the ledger takes the first plan.
 */
import type { Sql } from '#core/database.ts'
import { isGatewayError } from '#core/errors.ts'
import { replanChannel } from '#core/ledger/hand-over.ts'
import type { Ledger } from '#core/ledger/index.ts'
import { readStale, type Replanned, type StaleRequest } from '#core/ledger/replan.ts'
import type { Logger } from '#core/log.ts'
import { toProblem } from '#core/problem.ts'
import type { RequestSecrets } from './secrets.ts'
import type { Planning, StoredChange } from './planning.ts'

export interface ReplannerDeps {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'replan'>
  readonly planning: Pick<Planning, 'planAgain'>
  readonly secrets: Pick<RequestSecrets, 'make'>
  readonly log: Logger
}

const batch = 20
/** Milliseconds between looks: an announcement may be lost, and a server that began may have died. */
const patienceMs = 2_000
/** What the rules or the identity are to blame for, and trying again would not change. */
const final: ReadonlySet<string> = new Set(['missing', 'rule_failed', 'rule_timeout', 'config', 'unprocessable'])

export async function openReplanner({ sql, ledger, planning, secrets, log }: ReplannerDeps): Promise<AsyncDisposable> {
  let closed = false
  let running: Promise<void> | null = null
  let again = false

  async function planOne(request: StaleRequest): Promise<void> {
    const { id: requestId, source: name, ruleSet, previous, change, secretNames } = request
    const stored = { ...(change as StoredChange), secretNames }
    let result: Replanned['result']
    try {
      const planned = await planning.planAgain({ name, ruleSet }, stored, previous, requestId)
      result = { ...planned, secrets: secrets.make(planned.plan, secretNames) }
    } catch (error) {
      if (!isGatewayError(error) || !final.has(error.code)) throw error
      result = { problem: toProblem(error) }
    }
    await ledger.replan({ requestId, previous, result })
  }
  async function look(): Promise<void> {
    do {
      again = false
      const waiting = await readStale(sql, batch)
      for (const request of waiting)
        await planOne(request).catch((err: unknown) =>
          log.warn({ err, requestId: request.id }, 'a request could not be planned again yet'),
        )
    } while (again && !closed)
  }
  function ring(): void {
    again = true
    if (closed) return
    running ??= look()
      .catch((err: unknown) => log.warn({ err }, 'requests that must be planned again could not be read'))
      .finally(() => (running = null))
  }
  const timer = setInterval(ring, patienceMs)
  const listening = await sql.listen(replanChannel, ring, ring)
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearInterval(timer)
      await listening.unlisten()
      await running
    },
  }
}
