/**
 * The faults of a soak: what is killed, frozen, flushed or restarted, and how it is healed again. One at a time or two at once, as the
 * seed decides; after each, a newcomer shows how long the gateway needs to be itself again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { oneOf, type Choices } from '../simulate/choices.ts'
import type { Fleet } from './fleet.ts'
import type { SoakTargets } from './targets.ts'
import type { World } from '../harness/world.ts'

type Place = 'workers' | 'servers' | 'ledger' | 'queue' | 'targets'

export interface Fault {
  readonly name: string
  /** Two faults at once strike different places. */
  readonly where: Place
  /** Resolves when everything it broke is there again. */
  strike(): Promise<void>
}

export interface ChaosOptions {
  readonly choices: Choices
  readonly world: World
  readonly fleet: Fleet
  readonly targets: SoakTargets
  /** Told of each fault when it is healed. */
  readonly healed: (names: readonly string[]) => Promise<void>
}

/** Milliseconds of quiet between faults: long enough for traffic, too short to forget the last one. */
const quietMs = [1_000, 2_000, 4_000] as const
const outagesMs = [0, 200, 1_000, 3_000] as const

export async function runChaos(options: ChaosOptions, until: number): Promise<void> {
  const { choices, healed } = options
  const faults = createFaults(options)
  while (Date.now() < until) {
    await delay(oneOf(choices, quietMs))
    const first = oneOf(choices, faults)
    const elsewhere = faults.filter(({ where }) => where !== first.where)
    const struck = choices.chance(0.25) ? [first, oneOf(choices, elsewhere)] : [first]
    await Promise.all(struck.map((fault) => fault.strike()))
    await healed(struck.map(({ name }) => name))
  }
}

function createFaults({ choices, world, fleet, targets }: ChaosOptions): readonly Fault[] {
  const outage = () => delay(oneOf(choices, outagesMs))
  const restart = (where: Place, name: string, server: { start(): Promise<void> }, end: () => Promise<void>): Fault => ({
    where,
    name,
    async strike() {
      await end()
      await outage()
      await server.start()
    },
  })
  const { postgres, redis } = world
  const faults: Fault[] = [
    { where: 'workers', name: 'a worker is killed', strike: () => fleet.killWorker(outage) },
    { where: 'workers', name: 'a worker is killed', strike: () => fleet.killWorker(outage) },
    { where: 'workers', name: 'a worker stands still past its lease', strike: () => fleet.freezeWorker(5_000) },
    { where: 'servers', name: 'a server is killed', strike: () => fleet.killServer(outage) },
    restart('ledger', 'PostgreSQL stops at once', postgres, () => postgres.stop('immediate')),
    {
      where: 'ledger',
      name: 'all backends are terminated',
      strike: async () => {
        await world.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
        )
      },
    },
    restart('targets', 'the tables’ PostgreSQL stops at once', targets.postgres, () => targets.postgres.stop('immediate')),
    restart('targets', 'MariaDB is killed', targets.mariadb, () => targets.mariadb.kill()),
    restart('targets', 'slapd is killed', targets.slapd, () => targets.slapd.kill()),
  ]
  if (redis === null) return faults
  return [
    ...faults,
    restart('queue', 'Redis is killed', redis, () => redis.kill()),
    { where: 'queue', name: 'Redis is flushed', strike: async () => void (await redis.command('FLUSHALL')) },
    { where: 'queue', name: 'Redis forgets its scripts', strike: async () => void (await redis.command('SCRIPT', 'FLUSH')) },
  ]
}
