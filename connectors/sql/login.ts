/** The first steps of a connection test, the same for tables and for accounts of the database: name, port, TLS, login. */
import type { ConnectionReport } from '#connectors/kit/connector.ts'
import { inSteps, reachSteps, type Step } from '#connectors/kit/probe.ts'
import { GatewayError } from '#core/errors.ts'
import { addressOf, tlsOf, type SqlConfig } from './config.ts'
import type { Dialect, SqlConnection } from './dialect.ts'
import { isTlsError, toGatewayError } from './errors.ts'
import { phrases } from './phrases.ts'

/** Runs these steps and then `more`, which are given the connection that logged in. The first failure ends the test. Never throws. */
export async function testInSteps(
  target: string,
  dialect: Dialect,
  config: SqlConfig,
  more: (opened: () => SqlConnection) => readonly Step[],
): Promise<ConnectionReport> {
  const { host, port } = addressOf(config)
  const opened: SqlConnection[] = []
  const connection = () => {
    const [first] = opened
    if (first === undefined) throw new GatewayError('internal', `${target}: there is no connection to test`, { sent: 'no' })
    return first
  }
  try {
    return await inSteps([
      ...reachSteps({ host, port, timeoutMs: config.connectTimeoutMs }),
      ...loginSteps(target, dialect, config, opened),
      ...more(connection),
    ])
  } finally {
    await Promise.all(opened.map((one) => one.close()))
  }
}

/** TLS and login happen in one go; a login that fails has come through TLS. */
function loginSteps(target: string, dialect: Dialect, config: SqlConfig, opened: SqlConnection[]): readonly Step[] {
  const tls = tlsOf(config)
  let refused: unknown = null
  return [
    {
      check: 'tls',
      run: async () => {
        try {
          opened.push(await dialect.connect({ ...addressOf(config), ...timeoutsOf(config), tls }))
        } catch (error) {
          if (isTlsError(error)) throw tlsProblem(target)
          refused = error
        }
        return tls === null ? phrases.inClear : phrases.encrypted
      },
    },
    {
      check: 'login',
      run: () =>
        refused === null ? Promise.resolve(phrases.loggedIn) : Promise.reject(toGatewayError(refused, 'connect', target)),
    },
  ]
}

function timeoutsOf({ connectTimeoutMs, statementTimeoutMs }: SqlConfig) {
  return { connectTimeoutMs, statementTimeoutMs }
}

function tlsProblem(target: string): GatewayError {
  return new GatewayError('config', `${target}: no trusted encrypted connection could be made`, {
    sent: 'no',
    hint: phrases.tls,
  })
}
