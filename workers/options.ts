/** What may be said on the command line of a worker instead of in its environment. */
import { parseArgs } from 'node:util'
import { GatewayError } from '#core/errors.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** The environment with the options in it. Throws `config` for an option that there is not. */
export function withOptions(args: readonly string[], variables: Variables): Variables {
  const { targets, kinds, isolation } = read(args)
  return {
    ...variables,
    ...(targets === undefined ? {} : { WORKER_TARGETS: targets }),
    ...(kinds === undefined ? {} : { WORKER_KINDS: kinds }),
    ...(isolation === undefined ? {} : { WORKER_ISOLATION: isolation }),
  }
}

function read(args: readonly string[]) {
  try {
    const options = { targets: { type: 'string' }, kinds: { type: 'string' }, isolation: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new GatewayError('config', 'a worker does not know this option', {
      cause,
      hint: 'node workers/main.ts [--targets ad-paris,hr] [--kinds ldap,sql] [--isolation kind|none]',
    })
  }
}
