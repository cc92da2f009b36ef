/** The guards of processes for connectors and of reconciliation; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const isolation = 'tests/faults/isolation.test.ts'
const watchdog = 'workers/parts/watchdog-thread.ts'
const reconciliation = 'tests/flows/reconciliation.test.ts'

export const connectorMutations: readonly Mutation[] = [
  {
    guard: 'isolation: a process that spins is ended',
    file: watchdog,
    find: 'if (silent * tickMs >= silentMs) process.kill(process.pid, signals.spins)',
    replace: '',
    test: { file: isolation, name: 'it spins' },
  },
  {
    guard: 'isolation: a process that takes too much memory is ended',
    file: watchdog,
    find: 'if (heavy >= 2) process.kill(process.pid, signals.memory)',
    replace: '',
    test: { file: isolation, name: 'it hoards' },
  },
  {
    guard: 'isolation: a process that lost its supervisor ends',
    file: watchdog,
    find: 'if (process.ppid !== parent) process.kill(process.pid, signals.orphan)',
    replace: '',
    test: { file: isolation, name: 'a supervisor that is killed takes its processes along' },
  },
  {
    guard: 'reconciliation: what the gateway is changing is not judged',
    file: 'core/reconciliations/ledger-side.ts',
    find: 'account.updated_at >= ${since} or identity.active_request is not null as busy',
    replace: 'account.updated_at < ${since} and false as busy',
    test: { file: reconciliation, name: 'what the gateway itself is changing is not reported' },
  },
  {
    guard: 'deletion: an account that somebody changed since its image was taken is not deleted',
    file: 'connectors/rest/changes.ts',
    find: 'if (version === undefined && isReadable(api.config.operations))',
    replace: 'if (Date.now() < 0)',
    test: { file: 'tests/contract/rest.contract.test.ts', name: 'an account that somebody changed since its image was taken' },
  },
  {
    guard: 'places: no more jobs of a process are at a system at once than it bears',
    file: 'connectors/kit/places.ts',
    find: 'createPool({ size,',
    replace: 'createPool({ size: size + 1,',
    test: { file: 'connectors/kit/places.test.ts', name: 'as many jobs as there are places' },
  },
]
