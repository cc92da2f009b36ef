/** The guards of what people resolve, of undo's patience, of the last phase and of who waits behind; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const row7 = 'tests/faults/row-07-undo-for-days.test.ts'
const resolve = 'tests/flows/resolve.test.ts'
const policies = 'tests/flows/policies.test.ts'
const order = 'tests/flows/order.test.ts'
const verbs = 'core/saga/verbs.test.ts'
const decisions = 'core/saga/decisions.test.ts'
const twoPeople = { file: row7, name: 'an undo that is forbidden for good needs two people' }

export const peopleMutations: readonly Mutation[] = [
  {
    guard: 'lock: what needs attention keeps its identity',
    file: 'core/ledger/finish.ts',
    find: "finished.filter(({ state }) => state !== 'needs_attention')",
    replace: 'finished.filter(() => true)',
    test: twoPeople,
  },
  {
    guard: 'alert: what needs people is told',
    file: 'core/ledger/decide.ts',
    find: "alerts: rest.state === 'needs_attention' && !reopened,",
    replace: 'alerts: false,',
    test: twoPeople,
  },
  {
    guard: 'four eyes: a statement counts when another person says the same',
    file: 'core/ledger/resolve.ts',
    find: ' and person <> ${actor}',
    replace: '',
    test: twoPeople,
  },
  {
    guard: 'four eyes: the database holds that they are two',
    file: 'migrations/0002_resolving.sql',
    find: 'constraint attestation_four_eyes check (stated_by <> confirmed_by),',
    replace: '',
    test: twoPeople,
  },
  {
    guard: 'undo: what remains of one that is refused for good is said exactly',
    file: 'workers/undo.ts',
    find: "return { state: 'stuck', error: toProblem(error), differences }",
    replace: "return { state: 'stuck', error: toProblem(error), differences: differences.slice(0, 0) }",
    test: twoPeople,
  },
  {
    guard: 'undo: troubles that pass are tried again for days',
    file: 'workers/undo.ts',
    find: "if (isPassing(error)) return { state: 'undoing', error: toProblem(error) }",
    replace: '',
    test: { file: row7, name: 'an undo that is answered with an error for 24 hours' },
  },
  {
    guard: 'probe: looking changes nothing and settles what is as before',
    file: 'workers/probe.ts',
    find: "if (differences.length > 0) return { state: 'stuck'",
    replace: "if (differences.length > 99) return { state: 'stuck'",
    test: { file: 'tests/faults/row-08-strangers.test.ts', name: 'a third party’s change before the undo stays' },
  },
  {
    guard: 'last phase: what cannot be undone is rung for when everything else is done',
    file: 'core/ledger/ring.ts',
    find: "and (${bell}.topic <> 'apply' or step.plan ->> 'phase' is distinct from 'last' or ${isMainDone(tx)})",
    replace: '',
    test: { file: policies, name: 'what cannot be undone is done when everything else is' },
  },
  {
    guard: 'last phase: leavers do not wait for it',
    file: 'rules/planner.ts',
    find: 'if (isForwardOnly(kind)) return step\n',
    replace: '',
    test: { file: 'rules/planner.test.ts', name: 'what a target cannot undo comes last' },
    isFast: true,
  },
  {
    guard: 'waiting: a request planned on what never came to be is planned again',
    file: 'core/ledger/finish.ts',
    find: 'update request later set stale = true',
    replace: 'update request later set stale = false',
    test: { file: order, name: 'a request accepted behind one that is then refused is planned again' },
  },
  {
    guard: 'waiting: a hand-over that was lost is made up for',
    file: 'core/ledger/ring.ts',
    find: '  await recheck(tx, input?.limit ?? 100, record)\n',
    replace: '',
    test: { file: resolve, name: 'a hand-over that was lost is made up for' },
  },
  {
    guard: 'waiting: an update whose end depends on what stood there before is not passed over',
    file: 'core/saga/covering.ts',
    find: "return newer.strength === 'strong' && newer.multivalued === 'replace' && older.strength === 'strong'",
    replace: 'return true',
    test: { file: 'core/saga/covering.test.ts', name: 'an attribute whose end depends on what stood there before' },
    isFast: true,
  },
  {
    guard: 'removed targets: their steps end instead of being rung for ever',
    file: 'core/ledger/removed-targets.ts',
    find: 'and not exists (select from target where target.name = step.target)',
    replace: 'and false',
    test: { file: resolve, name: 'a step whose target is no longer configured fails' },
  },
  {
    guard: 'movers: an account that we switched off is switched on when the rules want it again',
    file: 'rules/planner.ts',
    find: "if (isBack && (kind === 'create' || kind === 'update')) return 'enable'\n",
    replace: '',
    test: { file: resolve, name: 'who is disabled somewhere because the rules did not want them' },
  },
  {
    guard: 'cancel: a leaver of whom something is done is not given up',
    file: 'core/saga/verbs.ts',
    find: 'return isOpen && !(isForwardOnly(kind) && steps.some((step) => mayHaveEffect(step.state)))',
    replace: 'return isOpen',
    test: { file: verbs, name: 'what is under way can only be cancelled' },
    isFast: true,
  },
  {
    guard: 'retry: what may have had its effect is read back, not begun anew',
    file: 'core/saga/verbs.ts',
    find: "  unknown: 'unknown',\n  running: 'unknown',",
    replace: "  unknown: 'pending',\n  running: 'pending',",
    test: { file: verbs, name: 'what may have had its effect is never begun anew blindly' },
    isFast: true,
  },
  {
    guard: 'poison: people are asked when the neighbours have finished',
    file: 'core/saga/decisions.ts',
    find: 'return deaths >= deadlyAfter &&',
    replace: 'return deaths > 99 &&',
    test: { file: decisions, name: 'a step that killed two workers is not called again' },
    isFast: true,
  },
]
