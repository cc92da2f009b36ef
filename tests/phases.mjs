/**
 * Which test files run side by side, and in which order. Most files with servers wait more than they compute, so that five of them keep two cores
 * busy; those that say how soon something must happen run two at a time, one that compares speeds alone. The longest start first: none is left to run alone at the end.
 */

/** Seconds that the long files take on two cores; what is not here is short. Only their order matters. */
export const longest = {
  'dashboard/tests/pages.test.ts': 100,
  'tests/faults/row-03-12-standstill.test.ts': 76,
  'tests/contract/odoo.contract.test.ts': 75,
  'tests/faults/row-17-network.test.ts': 66,
  'tests/flows/simulations.test.ts': 65,
  'tests/faults/row-13-sick-target.test.ts': 60,
  'tests/flows/departures.test.ts': 59,
  'tests/faults/row-06-every-crash-point.test.ts': 53,
  'tests/contract/keycloak.contract.test.ts': 51,
  'tests/flows/every-system.test.ts': 50,
  'tests/faults/row-05-postgres.test.ts': 48,
  'tests/flows/targets.test.ts': 44,
  'tests/faults/row-04-redis.test.ts': 40,
  'dashboard/tests/editor.test.ts': 38,
  'tests/connector-walk.test.ts': 37,
  'tests/flows/password-resets.test.ts': 37,
  'tests/flows/reconciliation.test.ts': 37,
  'tests/flows/departures-troubles.test.ts': 35,
  'tests/faults/isolation.test.ts': 34,
  'tests/faults/redis-cluster.test.ts': 34,
  'tests/faults/row-14-stopping.test.ts': 31,
  'tests/faults/row-16-random-kills.test.ts': 31,
  'tests/flows/rules-cli.test.ts': 30,
}

/** What compares speeds: whoever computes beside it would be measured with it. */
export const alone = ['tests/bench/ldap-adds.test.ts']

/**
 * Files whose sentences say within which time something happens, too short for a machine on which everybody computes; simulations among them, whose
 * processes give way to all others.
 */
export const timed = [
  'tests/contract/sql-outcome.contract.test.ts',
  'tests/faults/lost-connections.test.ts',
  'tests/faults/redis-cluster.test.ts',
  'tests/faults/redis-sentinel.test.ts',
  'tests/faults/row-04-redis.test.ts',
  'tests/faults/row-05-postgres.test.ts',
  'tests/faults/row-10-expiry.test.ts',
  'tests/faults/row-13-sick-target.test.ts',
  'tests/faults/row-14-stopping.test.ts',
  'tests/faults/row-17-no-room.test.ts',
  'tests/flows/rules-writing.test.ts',
  'tests/flows/simulations.test.ts',
]

/** Longer than a file beside the code, shorter than those that are told. */
const usualWithServers = 15
const hasServers = (file) => /^(?:dashboard\/)?tests\//.test(file)
const secondsOf = (file) => longest[file] ?? (hasServers(file) ? usualWithServers : 0)

/**
 * What runs one after the other: what stands beside the code, where a mistake shows soonest; what compares speeds; what is timed; the rest.
 * @param {readonly string[]} files relative to the project
 * @returns {{ files: readonly string[], concurrency: number }[]} none without files
 */
export function toPhases(files) {
  const withServers = longestFirst(files.filter(hasServers))
  const isApart = (file) => alone.includes(file) || timed.includes(file)
  return [
    { files: files.filter((file) => !hasServers(file)), concurrency: 2 },
    { files: withServers.filter((file) => alone.includes(file)), concurrency: 1 },
    { files: withServers.filter((file) => timed.includes(file)), concurrency: 2 },
    { files: withServers.filter((file) => !isApart(file)), concurrency: 5 },
  ].filter((phase) => phase.files.length > 0)
}

const longestFirst = (files) => files.toSorted((one, other) => secondsOf(other) - secondsOf(one))
