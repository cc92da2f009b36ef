/** The guards of processes for connectors and of reconciliation; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const isolation = 'tests/faults/isolation.test.ts'
const watchdog = 'workers/parts/watchdog-thread.ts'
const reconciliation = 'tests/flows/reconciliation.test.ts'
const reconciliationGuards = 'tests/faults/reconciliation-guards.test.ts'
const surveys = 'tests/flows/surveys.test.ts'
const work = 'core/reconciliations/work.ts'

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
    find: 'if (isReadable(api.config.operations))',
    replace: 'if (Date.now() < 0)',
    test: { file: 'tests/contract/rest.contract.test.ts', name: 'of a change (delete) by an image that somebody outdated' },
  },
  {
    guard: 'deletion: a version that the server never looks at keeps nobody’s change',
    file: 'connectors/scim/changes.ts',
    find: 'if (version === undefined || !server.etags)',
    replace: 'if (version === undefined)',
    test: { file: 'tests/contract/scim.contract.test.ts', name: 'a server that shows versions and looks at none' },
  },
  {
    guard: 'conditional write: a directory refuses what others changed during the write',
    file: 'connectors/ldap/entry.ts',
    find: 'if (asserts) return await write(',
    replace: 'if (asserts && Date.now() < 0) return await write(',
    test: {
      file: 'tests/contract/ldap.contract.test.ts',
      name: 'of a change (update) during which somebody changes the account',
    },
  },
  {
    guard: 'conditional write: a SCIM server is told which version of a user was read',
    file: 'connectors/scim/changes.ts',
    find: '{ places, version: user.meta?.version }',
    replace: '{ places, version: undefined }',
    test: {
      file: 'tests/contract/scim.contract.test.ts',
      name: 'of a change (update) during which somebody changes the account',
    },
  },
  {
    guard: 'capabilities: what a target says of itself adds nothing to what is declared',
    file: 'connectors/kit/survey.ts',
    find: 'order.indexOf(other) > order.indexOf(one) ? other : one',
    replace: 'other',
    test: { file: 'connectors/kit/survey.test.ts', name: 'what a target says of itself takes from what is declared' },
    isFast: true,
  },
  {
    guard: 'capabilities: what was said under another configuration does not count',
    file: 'core/target-surveys.ts',
    find: 'join target on target.name = survey.target and target.revision = survey.revision\n    where survey.survey is not null',
    replace: 'join target on target.name = survey.target\n    where survey.survey is not null',
    test: { file: surveys, name: 'until its configuration changes' },
  },
  {
    guard: 'access: who looks again does not tell people again',
    file: 'core/target-surveys.ts',
    find: "and (warned_at is null or warned_at < clock_timestamp() - interval '7 days'",
    replace: "and (true or warned_at < clock_timestamp() - interval '7 days'",
    test: { file: surveys, name: 'administrators are told, once a week' },
  },
  {
    guard: 'places: no more jobs of a process are at a system at once than it bears',
    file: 'connectors/kit/places.ts',
    find: 'createPool({ size,',
    replace: 'createPool({ size: size + 1,',
    test: { file: 'connectors/kit/places.test.ts', name: 'as many jobs as there are places' },
  },
  {
    guard: 'limits: a target that configures no rate keeps to the quota of its kind',
    file: 'connectors/kit/limits.ts',
    find: '{ ...limits, rateLimit: rate }',
    replace: 'limits',
    test: { file: 'connectors/limits.test.ts', name: 'a target whose configuration names no rate' },
  },
  {
    guard: 'a part without a call: nothing of a change is sent that the API cannot make whole',
    file: 'connectors/rest/changes.ts',
    find: '  refuseUnwritable(api, writes, secret)\n',
    replace: '',
    test: { file: 'tests/contract/rest.contract.test.ts', name: 'a change of which the API has no call for a part' },
  },
  {
    guard: 'connection test: what the rules write and the target keeps by itself is named',
    file: 'connectors/kit/mapped.ts',
    find: 'if (kept.length > 0)',
    replace: 'if (kept.length < 0)',
    test: { file: 'connectors/kit/mapped.test.ts', name: 'what the target lacks, or keeps by itself' },
  },
  {
    guard: 'SCIM: what the server keeps by itself is not written',
    file: 'connectors/scim/changes.ts',
    find: 'server.schema.writable(attribute)',
    replace: 'server.schema.place(attribute)',
    test: { file: 'tests/contract/scim.contract.test.ts', name: 'or keeps by itself, is as the settings say' },
  },
  {
    guard: 'GLPI: no session is left behind when no job is under way',
    file: 'connectors/glpi/server.ts',
    find: 'if (--held === 0)',
    replace: 'if (--held < -9)',
    test: { file: 'tests/contract/glpi.contract.test.ts', name: 'a session is ended soon after the last job' },
  },
  {
    guard: 'SQL: a COMMIT that goes on is ended before it is said not to have happened',
    file: 'connectors/sql/outcome.ts',
    find: "if (status === 'in progress') {",
    replace: 'if (Date.now() < 0) {',
    test: { file: 'tests/contract/sql-outcome.contract.test.ts', name: 'is ended when it goes on' },
  },
  {
    guard: 'reconciliation: one of a target at a time',
    file: 'core/reconciliations/store.ts',
    find: "on conflict (target) where state in ('waiting', 'running') do nothing",
    replace: '',
    test: { file: reconciliationGuards, name: 'of two who ask for the same target at once' },
  },
  {
    guard: 'reconciliation: what a worker is at is not claimed',
    file: work,
    find: "where target = ${target} and state in ('waiting', 'running')\n      and (lease_until is null or lease_until <= clock_timestamp()) and",
    replace: "where target = ${target} and state in ('waiting', 'running') and",
    test: { file: reconciliationGuards, name: 'a reconciliation that a worker is at is nobody else’s' },
  },
  {
    guard: 'reconciliation: a page of a worker that lost its claim does not count',
    file: work,
    find: "and fence = ${run.fence} and state = 'running' and pages",
    replace: "and state = 'running' and pages",
    test: { file: reconciliationGuards, name: 'a page of a worker whose reconciliation was taken over is not written' },
  },
  {
    guard: 'reconciliation: a worker that lost its claim closes no findings',
    file: work,
    find: "and fence = ${run.fence} and state = 'running' for update",
    replace: "and state = 'running' for update",
    test: { file: reconciliationGuards, name: 'a worker whose reconciliation was taken over closes no findings' },
  },
  {
    guard: 'reconciliation: a worker that lost its claim does not end it',
    file: work,
    find: "and fence = ${fence} and state = 'running'\n    returning matched",
    replace: "and state = 'running'\n    returning matched",
    test: { file: reconciliationGuards, name: 'a worker whose reconciliation was taken over does not end it' },
  },
  {
    guard: 'reconciliation: whoever takes over goes on after the last page',
    file: 'workers/reconcile-target.ts',
    find: 'pagesOf(driver, claimed.last, late,',
    replace: 'pagesOf(driver, null, late,',
    test: {
      file: 'tests/flows/reconciliation-taken-over.test.ts',
      name: 'a worker that is killed in the middle is taken over where it was',
    },
  },
]
