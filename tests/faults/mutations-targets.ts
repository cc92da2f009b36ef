/** The guards of targets under control and of the door; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const targets = 'tests/flows/targets.test.ts'
const parked = 'tests/contract/parked.contract.test.ts'
const gate = 'workers/gate.test.ts'
const door = 'tests/flows/door.test.ts'
const machine = 'core/target-state.test.ts'

export const targetMutations: readonly Mutation[] = [
  {
    guard: 'breaker: one step in the cluster tries',
    file: 'core/target-state.ts',
    find: "return state.state === 'half_open' && (state.probeUntil ?? 0) <= now",
    replace: "return state.state === 'half_open'",
    test: { file: parked, name: 'of many who ask at once, one may try' },
  },
  {
    guard: 'breaker: only the one that tries closes it',
    file: 'core/target-state.ts',
    find: "return state.state === 'half_open' && probe !== undefined && state.probe === probe",
    replace: "return state.state === 'half_open'",
    test: { file: machine, name: 'only the one that tries opens or closes it' },
    isFast: true,
  },
  {
    guard: 'breaker: what the target asks for is never cut short',
    file: 'core/target-state.ts',
    find: 'const pause = askedMs === undefined ? grown :',
    replace: 'const pause = askedMs === undefined || askedMs > 0 ? grown :',
    test: { file: machine, name: 'whoever throttles us is left alone for as long as they ask' },
    isFast: true,
  },
  {
    guard: 'breaker: refused credentials are not tried again and again',
    file: 'core/target-state.ts',
    find: "const atOnce = code === 'throttled' || code === 'auth'",
    replace: "const atOnce = code === 'throttled'",
    test: { file: machine, name: 'refused credentials open it at once' },
    isFast: true,
  },
  {
    guard: 'breaker: a refusal of one person’s data tells nothing against the target',
    file: 'core/target-state.ts',
    find: "'unknown_outcome', 'auth'])",
    replace: "'unknown_outcome', 'auth', 'invalid'])",
    test: { file: machine, name: 'a refusal of one person’s data is an answer' },
    isFast: true,
  },
  {
    guard: 'gate: a parked target’s steps go back before they are claimed',
    file: 'workers/gate.ts',
    find: "return state === 'closed' && maintenance === null",
    replace: 'return state !== maintenance',
    test: { file: targets, name: 'in maintenance nothing is called and nothing is lost' },
  },
  {
    guard: 'gate: a target’s trouble in reading spends no attempt',
    file: 'workers/apply.ts',
    find: 'return await (parkedMs === null ? notBegun(',
    replace: 'return await (parkedMs !== -1 ? notBegun(',
    test: { file: targets, name: 'a target’s trouble, in reading as in writing, spends none' },
  },
  {
    guard: 'gate: a target’s trouble in writing spends no attempt',
    file: 'workers/apply.ts',
    find: 'if (parkedMs !== null) return { state:',
    replace: 'if (parkedMs === -1) return { state:',
    test: { file: targets, name: 'a target’s trouble, in reading as in writing, spends none' },
  },
  {
    guard: 'gate: undo steps are parked too',
    file: 'workers/undo.ts',
    find: 'await using pass = await deps.gate.enter(job, token, ref.target, signal)',
    replace:
      'await using pass = { answered: async () => {}, failed: async (_: unknown): Promise<number | null> => null, async [Symbol.asyncDispose]() {} }',
    test: { file: targets, name: 'what must be undone waits for the end of a maintenance' },
  },
  {
    guard: 'gate: the queue of a parked target rests',
    file: 'workers/gate.ts',
    find: 'if (!worker.isPaused()) void worker.pause(true)',
    replace: '',
    test: { file: gate, name: 'a parked target’s queue rests' },
    isFast: true,
  },
  {
    guard: 'gate: what was parked goes on slowly',
    file: 'workers/gate.ts',
    find: 'return state.closedAt === null ? full : slowStart(now - state.closedAt, full)',
    replace: 'return full',
    test: { file: gate, name: 'one of many tries; when it was answered, the others go on' },
    isFast: true,
  },
  {
    guard: 'reconciler: nobody rings for a parked target again and again',
    file: 'core/ledger/ring.ts',
    find: 'await postponeParked(tx)',
    replace: '',
    test: { file: parked, name: 'whoever waits for an open target alone is looked at when it may be tried' },
  },
  {
    guard: 'reconciler: an open target that nobody tries has lost its jobs',
    file: 'core/ledger/parked.ts',
    find: "or (state = 'open' and retry_at > clock_timestamp() - make_interval(secs => ${overdue}))",
    replace: "or (state = 'open' and ${overdue} > 0)",
    test: { file: parked, name: 'when nobody tries a target whose time has come, its jobs are lost' },
  },
  {
    guard: 'limits: so many steps at a time, all workers together',
    file: 'workers/limits.ts',
    find: 'queue.setGlobalConcurrency(concurrency)',
    replace: 'queue.removeGlobalConcurrency()',
    test: { file: targets, name: 'no more steps are at work in a target than it bears' },
  },
  {
    guard: 'limits: so many steps in a time, all workers together',
    file: 'workers/limits.ts',
    find: 'queue.setGlobalRateLimit(rateLimit.max, rateLimit.perMs)',
    replace: 'queue.removeGlobalRateLimit()',
    test: { file: targets, name: 'no more steps are begun in a time than the target’s quota allows' },
  },
  {
    guard: 'configuration: a worker finds out what it did not hear',
    file: 'workers/worker.ts',
    find: 'if (versionsOf(watch) !== opened) changed.resolve(configurationChanged)',
    replace: '',
    test: { file: targets, name: 'a worker that did not hear of a changed configuration finds out' },
  },
  {
    guard: 'door: nothing is planned while too much waits',
    file: 'server/api/requests.ts',
    find: 'await requireRoom(deps, submissions)',
    replace: '',
    test: { file: door, name: 'when accepted work waits for too long, more is refused' },
  },
  {
    guard: 'door: what only waits for a parked target does not close it',
    file: 'server/gateway.ts',
    find: 'readOldestWaiting(sql, parkedNow(watch))',
    replace: 'readOldestWaiting(sql, parkedNow(watch).slice(99))',
    test: { file: door, name: 'what only waits for a target in maintenance does not close the door' },
  },
  {
    guard: 'targets: what was opened for a step is given back, whatever is thrown',
    file: 'workers/apply.ts',
    find: 'opened.use(await targets.open(ref.target, deadline.signal))',
    replace: 'await targets.open(ref.target, deadline.signal)',
    test: { file: 'tests/flows/connections.test.ts', name: 'accounts that cannot be told apart refuse their own request' },
  },
  {
    guard: 'door: the backlog’s age counts from a request’s turn',
    file: 'migrations/0003_targets.sql',
    find: "when (new.state = 'queued' and old.state <> 'queued')",
    replace: 'when (false)',
    test: { file: parked, name: 'the age of the backlog counts from a request’s turn' },
  },
  {
    guard: 'door: guesses of a source’s password are slowed down',
    file: 'server/auth/credentials.ts',
    find: 'tries.begin(name)',
    replace: '',
    test: { file: door, name: 'whoever guesses a source’s password is slowed down' },
  },
  {
    guard: 'door: a key that nobody drew at random is refused',
    file: 'core/environment.ts',
    find: 'requireRandomKey(result.output)',
    replace: '',
    test: { file: 'core/environment.test.ts', name: 'a key that nobody drew at random is refused' },
    isFast: true,
  },
]
