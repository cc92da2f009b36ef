/** The guards against databases that go away and processes that stop; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const lost = 'tests/faults/lost-connections.test.ts'
const row5 = 'tests/faults/row-05-postgres.test.ts'
const stopping = 'tests/faults/row-14-stopping.test.ts'
const versions = 'tests/faults/row-14-two-versions.test.ts'
const guards = 'tests/faults/guards.test.ts'
const inPostgres = 'tests/faults/queues-in-postgres.test.ts'

export const outageMutations: readonly Mutation[] = [
  {
    guard: 'lost connection: a pool that lost one takes no new work',
    file: 'core/lasting-sql.ts',
    find: 'onclose: () => retire(pool, endWithin)',
    replace: 'onclose: () => {}',
    test: { file: lost, name: 'a transaction that goes on after it lost its connection' },
  },
  {
    guard: 'ledger: what was rolled back at its COMMIT does not pass for written',
    file: 'core/transact.ts',
    find: "if (command !== 'COMMIT')",
    replace: 'if (command === undefined)',
    test: { file: lost, name: 'a transaction of which a statement failed and nobody looked' },
  },
  {
    guard: 'lost connection: one of the queues that is lost while in use ends nothing',
    file: 'core/queue-pool.ts',
    find: "pool.on('connect', (client) => client.on('error', () => {}))",
    replace: '',
    test: { file: guards, name: 'a connection of the queues that is lost between two statements' },
  },
  {
    guard: 'audit: the trail is verified as of one moment',
    file: 'core/audit.ts',
    find: "sql.begin('isolation level repeatable read read only', ",
    replace: 'sql.begin(',
    test: { file: guards, name: 'the chain is found whole while it grows' },
  },
  {
    guard: 'lost connection: LISTEN comes back',
    file: 'core/notifications.ts',
    find: 'this.#opening = this.#reopen()',
    replace: '',
    test: { file: lost, name: 'who listens hears again after a loss' },
  },
  {
    guard: 'silence: a database without a word is given up',
    file: 'core/notifications.ts',
    find: 'this.#onSilence()\n    }',
    replace: '}',
    test: { file: lost, name: 'a server that says nothing any more is given up' },
  },
  {
    guard: 'outage: it is said to be one (503), not a failure of ours',
    file: 'server/api/problem.ts',
    find: 'if (isOutage(error))',
    replace: 'if (isOutage(error) && false)',
    test: { file: row5, name: 'while PostgreSQL is away the server says so' },
  },
  {
    guard: 'outage: a server that took its Unix socket with it is one',
    file: 'core/outage.ts',
    find: ' || isWithoutSocket(error)',
    replace: '',
    test: { file: row5, name: 'a PostgreSQL behind a Unix socket that fails 2 times under load' },
  },
  {
    guard: 'outage: who waits goes on waiting',
    file: 'server/requests/live.ts',
    find: 'if (isOutage(error)) return []',
    replace: '',
    test: { file: row5, name: 'while PostgreSQL is away the server says so' },
  },
  {
    guard: 'stopping: calls are cut before the time is up',
    file: 'workers/run.ts',
    find: 'worker.abort()',
    replace: '',
    test: { file: stopping, name: 'a worker told to stop during a long call cuts it in time' },
  },
  {
    guard: 'stopping: a worker ends in time whatever happens',
    file: 'workers/run.ts',
    find: "'the worker did not end in time')\n    exit(1)",
    replace: "'the worker did not end in time')",
    test: { file: stopping, name: 'a worker whose last words cannot be written' },
  },
  {
    guard: 'stopping: who waits is answered',
    file: 'server/closing.ts',
    find: 'live.release()',
    replace: '',
    test: { file: stopping, name: 'a server told to stop answers who waits' },
  },
  {
    guard: 'versions: a job of another version is given back',
    file: 'workers/versions.ts',
    find: "if (typeof version !== 'number' || version === jobVersion)",
    replace: 'if (version !== null)',
    test: { file: versions, name: 'a next version takes over under load' },
  },
  {
    guard: 'clock: a worker whose clock differs does not begin',
    file: 'core/queue-engines.ts',
    find: "requireSameTime(await clockSkew(() => askTime(client)), 'PostgreSQL')",
    replace: '',
    test: { file: inPostgres, name: "a worker whose clock is 5 s ahead of PostgreSQL's does not begin" },
  },
  {
    guard: 'clock: a worker whose clock drifts rests',
    file: 'core/queue-engines.ts',
    find: 'skewMs > bearableSkewMs && drift.resolve()',
    replace: 'skewMs > Infinity && drift.resolve()',
    test: { file: inPostgres, name: 'a worker whose clock drifts away' },
  },
  {
    guard: 'capacity: a process that has no room says so',
    file: 'core/capacity.ts',
    find: 'if (missing <= 0) return',
    replace: 'if (missing < Infinity) return',
    test: { file: 'core/capacity.test.ts', name: 'a process that may need more connections than are left is refused' },
    isFast: true,
  },
]
