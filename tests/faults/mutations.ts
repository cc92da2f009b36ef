/**
 * The guards that the promises rest on, each with the change that takes it out and the test that must then go red. A guard whose
 * absence no test notices is not tested. `npm run mutate` shows it for all of them; a sample runs with the other tests.
 */

import { approvalMutations } from './mutations-approvals.ts'
import { boardMutations } from './mutations-board.ts'
import { leaverMutations } from './mutations-leavers.ts'
import { outageMutations } from './mutations-outages.ts'
import { peopleMutations } from './mutations-people.ts'
import { connectorMutations } from './mutations-connectors.ts'
import { languageMutations } from './mutations-language.ts'
import { outgoingMutations } from './mutations-outgoing.ts'
import { passwordMutations } from './mutations-passwords.ts'
import { ruleMutations } from './mutations-rules.ts'
import { targetMutations } from './mutations-targets.ts'

export interface Mutation {
  /** What is promised by it, in a few words. */
  readonly guard: string
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** A test file, and a part of the name of the test in it that must go red. */
  readonly test: { readonly file: string; readonly name: string }
  /** The test needs no server: it is in the sample. */
  readonly isFast?: true
}

const guards = 'tests/faults/guards.test.ts'
const row3 = 'tests/faults/row-03-12-standstill.test.ts'
const row4 = 'tests/faults/row-04-redis.test.ts'

export const mutations: readonly Mutation[] = [
  ...approvalMutations,
  ...boardMutations,
  ...connectorMutations,
  ...leaverMutations,
  ...outageMutations,
  ...outgoingMutations,
  ...passwordMutations,
  ...peopleMutations,
  ...languageMutations,
  ...ruleMutations,
  ...targetMutations,
  {
    guard: 'fence: what a worker says after it lost its claim does not count',
    file: 'core/ledger/settle.ts',
    find: 'and step.fence = row.fence\n      and step.lease_until',
    replace: 'and step.lease_until',
    test: { file: guards, name: 'what a worker says after another took its step over does not count' },
  },
  {
    guard: 'fence: a step is claimed as it was read, or not at all',
    file: 'core/ledger/claim.ts',
    find: 'and step.fence = row.fence\n      and ${tx.json(claimable)}',
    replace: 'and ${tx.json(claimable)}',
    test: { file: guards, name: 'a step that was taken up and given back since it was read must be read again' },
  },
  {
    guard: 'lease: a step that is held is not claimed',
    file: 'core/ledger/claim.ts',
    find: 'and (step.lease_until is null or step.lease_until < clock_timestamp())',
    replace: '',
    test: { file: guards, name: 'a step that is held cannot be claimed' },
  },
  {
    guard: 'lease: a worker that stood still past its lease calls nothing more',
    file: 'workers/leases.ts',
    find: 'isHeld: () => performance.now() < (held.get(claim) ?? 0),',
    replace: 'isHeld: () => true,',
    test: { file: row3, name: 'a worker stopped at apply:claimed past its lease' },
  },
  {
    guard: 'unique index: one native account has one owner',
    file: 'migrations/0001_foundation.sql',
    find: 'create unique index account_native',
    replace: 'create index account_native',
    test: { file: guards, name: 'one native account has one owner' },
  },
  {
    guard: 'outbox: the bell is written with the request',
    file: 'core/ledger/accept.ts',
    find: "insert into outbox (topic, request_id, generation, bell) select 'apply', id, 1, 0 from unnest(${queued}::uuid[]) as id",
    replace: 'select ${queued}::uuid[]',
    test: { file: guards, name: 'a request is accepted with its bell, and the bell stays until the queue has it' },
  },
  {
    guard: 'outbox: a bell is forgotten only when the queue has it',
    file: 'core/ledger/ring.ts',
    find: 'if (rows.length > 0) await ring(',
    replace: 'if (rows.length > 0) void ring(',
    test: { file: guards, name: 'a request is accepted with its bell, and the bell stays until the queue has it' },
  },
  {
    guard: 'probe: what may have had its effect is read back before it is done again',
    file: 'workers/apply.ts',
    find: "const call = step.state === 'pending' ?",
    replace: "const call = step.state !== 'applied' ?",
    test: { file: 'tests/faults/row-01-02-killed-and-cut.test.ts', name: 'a worker killed at apply:called' },
  },
  {
    guard: 'settlesWithin: a lost call that may still take effect is waited for',
    file: 'workers/apply.ts',
    find: 'return left > 0 ?',
    replace: 'return left > Infinity ?',
    test: {
      file: 'tests/flows/rollback.test.ts',
      name: 'a call that is lost while the database still works on it takes effect once',
    },
  },
  {
    guard: 'idempotency: a key stands for one request, whichever server has it',
    file: 'core/ledger/accept.ts',
    find: 'if (owner !== undefined && owner.request_id !== row.request_id)',
    replace: 'if (owner === undefined)',
    test: { file: guards, name: 'an Idempotency-Key that two servers have in hand at once' },
  },
  {
    guard: 'order: one request of an identity is at work at a time',
    file: 'core/ledger/accept.ts',
    find: 'active_request = coalesce(known.active_request, excluded.active_request)',
    replace: 'active_request = excluded.active_request',
    test: { file: guards, name: 'a request of a busy identity waits' },
  },
  {
    guard: 'order: what was planned on what is no longer so is not accepted',
    file: 'core/ledger/accept.ts',
    find: 'where known.revision = excluded.revision - 1',
    replace: 'where true',
    test: { file: guards, name: 'a request of a busy identity waits' },
  },
  {
    guard: 'decision: a request is decided once',
    file: 'core/ledger/decide.ts',
    find: 'if (isFinal(request.state) && !reopened) continue',
    replace: '',
    test: { file: guards, name: 'a request is decided once' },
  },
  {
    guard: 'audit: each record is chained to the one before',
    file: 'core/audit.ts',
    find: '.update(previous)',
    replace: '',
    test: { file: guards, name: 'a record from another history' },
  },
  {
    guard: 'reconciler: a queue that lost its memory is rung for everything unfinished',
    file: 'workers/reconcile.ts',
    find: 'woken = await ledger.wakeAll({})',
    replace: '',
    test: { file: row4, name: 'a FLUSHALL while workers are at relay:rung' },
  },
  {
    guard: 'reconciler: a queue that lost its memory is told from a new one',
    file: 'workers/reconcile.ts',
    find: 'isBlank && !(await ledger.knowsEngine(queues.engine))',
    replace: 'isBlank',
    test: { file: 'tests/faults/redis-first-start.test.ts', name: 'a Redis that was flushed is told once' },
  },
  {
    guard: 'reconciler: what the queue still holds is not rung again',
    file: 'workers/reconcile.ts',
    find: 'await stillQueued(queues, due).catch(() => [])',
    replace: '[]',
    test: { file: 'tests/flows/backlog.test.ts', name: 'a request whose step waits for its turn is not rung again' },
  },
  {
    guard: 'reconciler: wake-ups come forward when the queue lost its memory',
    file: 'core/ledger/ring.ts',
    find: "where wake_at > clock_timestamp() and state in ('queued', 'running', 'rolling_back')`\n  return inputs",
    replace: 'where false`\n  return inputs',
    test: { file: guards, name: 'everything unfinished is rung again when the queue lost its memory' },
  },
  {
    guard: 'database: who froze in a transaction loses its locks',
    file: 'core/database.ts',
    find: 'idle_in_transaction_session_timeout: idleInTransactionMs,',
    replace: '',
    test: { file: guards, name: 'a process that freezes in the middle of a transaction' },
  },
  {
    guard: 'queue: a producer that was refused is replaced with its connection',
    file: 'core/queues.ts',
    find: 'if (producer === used) producer = undefined\n        used.close()',
    replace: '',
    test: { file: guards, name: 'a flow is added again after Redis forgot its scripts' },
  },
  {
    guard: 'queue: a flow of which a part was refused is not taken for added',
    file: 'core/flow-producer.ts',
    find: 'if (error) throw error',
    replace: '',
    test: { file: guards, name: 'a flow of which the queue refused a part' },
  },
  {
    guard: 'poison: a step with which two workers died is not called again',
    file: 'core/ledger/claim.ts',
    find: "and (row.purpose = 'probe' or step.deaths + ${diedWith(tx)} < ${deadlyAfter})",
    replace: '',
    test: { file: row3, name: 'a job that kills whoever comes to create' },
  },
  {
    guard: 'poison: neighbours are not taken for the cause of a death',
    file: 'workers/suspects.ts',
    find: 'if (taken) {',
    replace: 'if (taken && jobId === "") {',
    test: { file: 'workers/suspects.test.ts', name: 'one suspect has its turn at a time' },
    isFast: true,
  },
  {
    guard: 'undo: what somebody else changed since is not overwritten',
    file: 'connectors/kit/compensate.ts',
    find: "    ]\n    if (differences.length > 0) return { outcome: 'stuck', differences }",
    replace: '    ]',
    test: { file: 'tests/contract/memory.contract.test.ts', name: 'what somebody else wrote over our value stays' },
    isFast: true,
  },
  {
    guard: 'undo: an account that we made and others went on with is not removed',
    file: 'connectors/kit/compensate.ts',
    find: "  if (differences.length > 0) return { outcome: 'stuck', differences }\n  await driver.remove(current)",
    replace: '  await driver.remove(current)',
    test: {
      file: 'tests/contract/memory.contract.test.ts',
      name: 'a created account that somebody else has put data on is not deleted',
    },
    isFast: true,
  },
  {
    guard: 'leavers: nobody is enabled again because one system is down',
    file: 'core/saga/decisions.ts',
    find: "return kind === 'disable' || kind === 'delete'",
    replace: 'return false',
    test: {
      file: 'core/saga/decisions.test.ts',
      name: 'leavers go forward only: a failure is never answered by giving access back',
    },
    isFast: true,
  },
  {
    guard: 'RE2: no expression of a rule backtracks',
    file: 'rules/sandbox/evaluator.ts',
    find: 'RegexEngine: LinearRegex as unknown as RegExpConstructor,',
    replace: '',
    test: { file: 'rules/sandbox/attacks.test.ts', name: 'a pattern that would backtrack for minutes is answered at once' },
    isFast: true,
  },
  {
    guard: 'sealing: what is sealed is encrypted',
    file: 'core/sealing.ts',
    find: "encrypt(dataKey, Buffer.from(clear, 'utf8'), purpose),",
    replace: "Buffer.from(clear, 'utf8'),",
    test: { file: 'core/sealing.test.ts', name: 'the same text never seals to the same bytes, and stands nowhere in them' },
    isFast: true,
  },
  {
    guard: 'sealing: what is kept of a request stands there without its secrets',
    file: 'server/requests/submit.ts',
    find: 'change: withoutSecrets(change),',
    replace: 'change,',
    test: { file: 'tests/flows/canary.test.ts', name: 'what is kept of a request that waits behind another holds no secret' },
  },
  {
    guard: 'same origin: what another site asks the browser for is refused',
    file: 'server/api/context.ts',
    find: "if (!isOurs) throw new GatewayError('forbidden', 'changes must come from the gateway’s own pages')",
    replace: '',
    test: { file: 'tests/flows/queue-board.test.ts', name: 'a change that another site asks the browser for is refused' },
  },
]
