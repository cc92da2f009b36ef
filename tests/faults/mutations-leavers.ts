/** The guards of what becomes of leavers, and of how many may leave at once; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const faults = 'tests/faults/departures.test.ts'
const flow = 'tests/flows/departures.test.ts'
const troubles = 'tests/flows/departures-troubles.test.ts'
const safety = 'tests/flows/safety.test.ts'
const pure = 'core/departure.test.ts'
const rules = 'rules/lifecycle.test.ts'

export const leaverMutations: readonly Mutation[] = [
  {
    guard: 'departure: nobody is deleted before their day, by the database’s clock',
    file: 'core/ledger/file-departures.ts',
    find: "state = 'waiting' and delete_at <= clock_timestamp() returning departure.request_id",
    replace: "state = 'waiting' returning departure.request_id",
    test: { file: faults, name: 'not a millisecond early' },
  },
  {
    guard: 'departure: what was filed is not filed again',
    file: 'core/ledger/file-departures.ts',
    find: "set state = 'filed', request_id = row.request_id, look_at = null",
    replace: 'set look_at = clock_timestamp()',
    test: { file: flow, name: 'is deleted by a request of its own' },
  },
  {
    guard: 'departure: who returned is not deleted',
    file: 'core/departure.ts',
    find: "if (!isAway(identity, target)) return { kind: 'over' }",
    replace: '',
    test: { file: pure, name: 'who returned, or is about to, is not' },
    isFast: true,
  },
  {
    guard: 'departure: a return takes back a deletion that was filed and has not begun',
    file: 'server/requests/submit.ts',
    find: 'if (deletions.length === 0 || !isReturn) return false',
    replace: 'if (deletions.length >= 0 || !isReturn) return false',
    test: { file: safety, name: 'the gateway’s own deletions count' },
  },
  {
    guard: 'departure: rules that change delete nobody earlier than was promised',
    file: 'core/departure.ts',
    find: 'graceNowSeconds > graceSeconds && left > 0',
    replace: 'left > 999_999_999',
    test: { file: pure, name: 'of two graces the longer one counts' },
    isFast: true,
  },
  {
    guard: 'departure: a disabling that is undone begins no grace',
    file: 'core/ledger/departures.ts',
    find: 'if (undone.length > 0) await forgetUndone',
    replace: 'if (undone.length > 99) await forgetUndone',
    test: { file: flow, name: 'whose move was rolled back never left' },
  },
  {
    guard: 'departure: being disabled once more does not prolong the grace',
    file: 'core/ledger/departures.ts',
    find: 'again.target = excluded.target and again.fresh)',
    replace: 'again.target = excluded.target)',
    test: { file: flow, name: 'keeps the day that was promised' },
  },
  {
    guard: 'departure: a return that is undone ends no grace',
    file: 'core/ledger/departures.ts',
    find: 'update departure set state = was, was = null',
    replace: 'update departure set was = null',
    test: { file: troubles, name: 'a return that is undone' },
  },
  {
    guard: 'departure: what a person refused is not asked for again',
    file: 'core/ledger/departures.ts',
    find: "const isKept = state === 'rejected' ||",
    replace: "const isKept = state === 'succeeded' ||",
    test: { file: troubles, name: 'two graces end at once' },
  },
  {
    guard: 'departure: a deletion that is done again concerns its one account',
    file: 'server/requests/again.ts',
    find: 'ending: target === undefined ? undefined',
    replace: "ending: target !== '' ? undefined",
    test: { file: troubles, name: 'a deletion that fails and is done again' },
  },
  {
    guard: 'lifecycle: an update gives back nothing of what was moved or stripped',
    file: 'rules/planner.ts',
    find: 'return staysAway ? whileAway(whole, rules.lifecycle) : whole',
    replace: 'return staysAway ? whole : whole',
    test: { file: rules, name: 'an update of who is away' },
    isFast: true,
  },
  {
    guard: 'lifecycle: at the end of a grace no other account is touched',
    file: 'rules/planner.ts',
    find: 'if (scope !== undefined && !scope.includes(target)) return false',
    replace: '',
    test: { file: rules, name: 'at the end of a grace the accounts in other targets' },
    isFast: true,
  },
  {
    guard: 'safety: all servers count under one lock',
    file: 'core/ledger/hold-for-safety.ts',
    find: "await tx`select pg_advisory_xact_lock(hashtextextended('passerelle safety thresholds', 0))`",
    replace: '',
    test: { file: safety, name: '200 leavers at once on two servers' },
  },
  {
    guard: 'safety: requests of one batch count each other',
    file: 'core/ledger/hold-for-safety.ts',
    find: 'if (needs.length === 0) tally.add(request)',
    replace: '',
    test: { file: safety, name: '200 leavers at once on two servers' },
  },
  {
    guard: 'safety: what people let through counts',
    file: 'core/ledger/approve.ts',
    find: 'await countApproved(tx, requestId)',
    replace: '',
    test: { file: safety, name: 'who is held is told why' },
  },
  {
    guard: 'safety: what came to nothing does not count',
    file: 'core/ledger/decide.ts',
    find: 'await forgetCounted(tx, rolledBackIds)',
    replace: '',
    test: { file: safety, name: 'what was refused, cancelled or rolled back' },
  },
  {
    guard: 'safety: a request that is done again is counted like a new one',
    file: 'core/ledger/retry.ts',
    find: '} else await holdAgain(tx, about, record)',
    replace: '}',
    test: { file: safety, name: 'what was refused, cancelled or rolled back' },
  },
  {
    guard: 'safety: the question is a part of the plan and of its hash',
    file: 'core/ledger/hold-for-safety.ts',
    find: 'return { ...essence, hash: planHash(essence) }',
    replace: 'return { ...essence, hash: planHash(rest) }',
    test: { file: safety, name: 'who is held is told why' },
  },
]
