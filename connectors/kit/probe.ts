/**
 * Testing a connection step by step, so that "it does not work" becomes "the name is unknown", "nothing listens there" or "the
 * certificate is not trusted". The first steps are the same for every system that listens on a TCP port.
 */
import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import { GatewayError, isGatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import { egressPhrases } from '#core/egress-phrases.ts'
import type { Connection, ConnectionCheck, ConnectionReport } from './connector.ts'
import { withMapped } from './mapped.ts'
import { kitPhrases } from './phrases.ts'

type Check = ConnectionReport['checks'][number]

/**
 * Runs the connection's own test, or opens a driver and derives the check that failed from the error's code; then looks whether what rules write can
 * be written.
 */
export async function testConnection(
  connection: Connection,
  signal: AbortSignal,
  mapped: readonly string[] = [],
): Promise<ConnectionReport> {
  try {
    const own = await connection.test?.({ signal })
    if (own !== undefined && (!own.ok || mapped.length === 0)) return own
    await using driver = await connection.open({ signal })
    return await withMapped(own ?? (await driver.testConnection()), driver, mapped)
  } catch (error) {
    return reportOf([failed(checkOf(error), error)])
  }
}

function checkOf(error: unknown): ConnectionCheck {
  if (!isGatewayError(error)) return 'login'
  switch (error.code) {
    case 'auth':
      return 'login'
    case 'denied':
      return 'rights'
    default:
      return 'tcp'
  }
}

/** One thing to try; answers with what to tell, throws with what is wrong. */
export interface Step {
  readonly check: ConnectionCheck
  readonly run: () => Promise<Phrase>
}

/** Tries the steps in order and stops at the first that throws. */
export async function inSteps(steps: readonly Step[]): Promise<ConnectionReport> {
  const checks: Check[] = []
  for (const { check, run } of steps) {
    const started = performance.now()
    const timed = () => ({ milliseconds: Math.round(performance.now() - started) })
    try {
      const phrase = await run()
      checks.push({ check, ok: true, message: phrase.en, phrase, ...timed() })
    } catch (error) {
      checks.push({ ...failed(check, error), ...timed() })
      break
    }
  }
  return reportOf(checks)
}

function reportOf(checks: readonly Check[]): ConnectionReport {
  return { ok: checks.every(({ ok }) => ok), checks }
}

/** Our own messages hold no values; those of others are not shown, only their code. Nobody is left without something to try. */
function failed(check: ConnectionCheck, error: unknown): Check {
  const general = { check, ok: false, phrase: kitPhrases.compareSettings, hint: kitPhrases.compareSettings.en } as const
  if (!isGatewayError(error)) {
    const code = (error as { code?: unknown } | null)?.code
    return { ...general, code: 'internal', message: `failed${typeof code === 'string' ? ` with ${code}` : ''}` }
  }
  const { code, message, hint, advice, vendorCode } = error
  return {
    ...general,
    ...{ code, message },
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(hint === undefined ? {} : { hint }),
    ...(advice === undefined ? {} : { phrase: advice }),
  }
}

export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
}

/** The steps `name` and `tcp` for any system that listens on a port. */
export function reachSteps({ host, port, timeoutMs }: Endpoint): readonly Step[] {
  return [
    {
      check: 'name',
      run: async () => {
        const { address } = await lookup(host).catch((cause: unknown) => {
          throw new GatewayError('transient', `the name ${host} is not known`, {
            cause,
            hint: egressPhrases.name,
            sent: 'no',
          })
        })
        return address === host ? kitPhrases.isAddress({ host }) : kitPhrases.resolved({ host, address })
      },
    },
    {
      check: 'tcp',
      run: async () => {
        const socket = await connected({ host, port, timeoutMs })
        socket.destroy()
        return kitPhrases.listens({ host, port: String(port) })
      },
    },
  ]
}

/** Opens a TCP connection or says why it cannot be; the caller destroys the socket. */
export function connected({ host, port, timeoutMs }: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const fail = (message: string, hint: Phrase, cause?: unknown) => {
      socket.destroy()
      reject(new GatewayError('transient', message, { cause, hint, sent: 'no' }))
    }
    socket.once('connect', () => resolve(socket.setTimeout(0)))
    socket.once('timeout', () => fail(`no answer from ${host}, port ${port}`, egressPhrases.firewall))
    socket.once('error', (cause) => fail(`nothing listens on ${host}, port ${port}`, egressPhrases.port, cause))
  })
}
