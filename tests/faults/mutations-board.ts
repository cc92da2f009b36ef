/** The guards of the queue board and of approvals. */
import type { Mutation } from './mutations.ts'

const verbs = 'tests/flows/queue-board-verbs.test.ts'
const board = 'tests/flows/queue-board.test.ts'
const approvals = 'tests/faults/row-10-approvals.test.ts'
const expiry = 'tests/faults/row-10-expiry.test.ts'

export const boardMutations: readonly Mutation[] = [
  {
    guard: 'queue board: a verb that nobody decided about is refused',
    file: 'server/queues-board/guard.ts',
    find: "if (known === null) throw refused(c, 'forbidden', unknownVerb)",
    replace: 'if (known === null) return next()',
    test: { file: verbs, name: 'a verb that a newer version brings is refused' },
  },
  {
    guard: 'queue board: changing needs the right to',
    file: 'server/queues-board/guard.ts',
    find: "requireRight(c, 'queues:operate')",
    replace: '',
    test: { file: verbs, name: 'nobody, a source and a reader use no verb' },
  },
  {
    guard: 'queue board: whoever changes something says why',
    file: 'server/queues-board/operator.ts',
    find: 'if (reason.success && rules.success) return',
    replace: "if (!reason.success) return { reason: 'none', rules: 'kept' }\n  if (rules.success) return",
    test: { file: verbs, name: 'without a reason no verb changes anything' },
  },
  {
    guard: 'queue board: what is still to run is not cleaned away',
    file: 'server/queues-board/guard.ts',
    find: "if (verb.does !== 'pass') await requireEnded(c, deps, known)",
    replace: '',
    test: { file: verbs, name: 'what is still to run is neither cleaned away nor lost' },
  },
  {
    guard: 'queue board: a retry is the gateway’s own, never the job’s',
    file: 'server/queues-board/guard.ts',
    find: "if (!('action' in verb)) return retry(c, known, asked)",
    replace: "if (!('action' in verb)) return next()",
    test: { file: board, name: 'a retry there is the gateway’s own' },
  },
  {
    guard: 'queue board: what a library threw does not stay with a job',
    file: 'workers/job-errors.ts',
    find: 'throw toJobError(error,',
    replace: 'throw error ?? toJobError(error,',
    test: { file: 'workers/job-errors.test.ts', name: 'what a library threw leaves its kind with the job' },
    isFast: true,
  },
  {
    guard: 'approval: what asks for it waits, and is not queued',
    file: 'core/ledger/accept.ts',
    find: ': input.plan.approvals !== undefined',
    replace: ': input.plan.approvals === undefined && false',
    test: { file: approvals, name: 'a request waits for it' },
  },
  {
    guard: 'approval: what it asks is covered by the plan’s hash',
    file: 'core/plan.ts',
    find: 'canonicalJson({ ruleSet, identity, steps, lookups, approvals })',
    replace: 'canonicalJson({ ruleSet, identity, steps, lookups, approvals: approvals && undefined })',
    test: { file: 'rules/approvals.test.ts', name: 'what is asked is a part of the plan and of its hash' },
    isFast: true,
  },
  {
    guard: 'approval: what is to be approved is hashed anew before an answer counts',
    file: 'core/ledger/approve.ts',
    find: 'if (subject === undefined || !isAbout(subject, approvals)) {',
    replace: 'if (subject === undefined) {',
    test: { file: approvals, name: 'an attribute of the plan, before the answer' },
  },
  {
    guard: 'approval: what is carried out is hashed anew before each call',
    file: 'core/ledger/guard-approval.ts',
    find: 'return !isApproved(key, subject, asked)',
    replace: 'return asked.length > 1_000',
    test: { file: approvals, name: 'an attribute of the plan, after the answer' },
  },
  {
    guard: 'approval: what asks for approval is not claimed without a look at it',
    file: 'core/ledger/claim.ts',
    find: 'or request.approvals is null and not exists (select from approval where approval.request_id = request.id))',
    replace: 'or true)',
    test: { file: approvals, name: 'an attribute of the plan, after the answer' },
  },
  {
    guard: 'secrets: what a request held is gone when it has ended well',
    file: 'core/ledger/decide.ts',
    find: `secrets <> '{}' as "holdsSecrets"`,
    replace: `false as "holdsSecrets"`,
    test: { file: 'tests/flows/passwords.test.ts', name: 'a new account has a password of its own, and nothing of it is kept' },
  },
  {
    guard: 'queue: a job that BullMQ refused is missed',
    file: 'core/flow-producer.ts',
    find: "if (typeof id === 'number' && id < 0)",
    replace: "if (typeof id === 'number' && id < -1_000)",
    test: { file: 'tests/faults/guards.test.ts', name: 'a job whose parent is gone is not taken for added' },
  },
  {
    guard: 'approval: an answer that nobody gave does not count',
    file: 'core/ledger/approval-subject.ts',
    find: 'timingSafeEqual(sealDecision(key, approval, said), toMac(said.mac)),',
    replace: 'toMac(said.mac).length === 32 && sealDecision(key, approval, said).length === 32,',
    test: { file: approvals, name: 'an answer that nobody gave' },
  },
  {
    guard: 'approval: the text of the rules is a part of what is agreed to',
    file: 'core/ledger/approval-subject.ts',
    find: "(select encode(sha256(convert_to(text, 'UTF8')), 'hex') from",
    replace: "(select encode(sha256(convert_to(name, 'UTF8')), 'hex') from",
    test: { file: approvals, name: 'the text of its rules' },
  },
  {
    guard: 'four eyes: the database takes no answer of who asked',
    file: 'migrations/0004_approvals.sql',
    find: 'constraint approval_four_eyes check (person <> requester)',
    replace: 'constraint approval_four_eyes check (person is not null)',
    test: { file: approvals, name: 'does not approve it: neither by the API' },
  },
  {
    guard: 'four eyes: who had a request done again does not approve it',
    file: 'core/approval-rights.ts',
    find: "if (requester === actor) return 'requester'\n",
    replace: '',
    test: { file: approvals, name: 'does not approve it: neither by the API' },
  },
  {
    guard: 'approval: the same person counts once',
    file: 'core/approval-rights.ts',
    find: "if (hasAnswered(person.actor)) return { whyNot: 'answered' }\n",
    replace: '',
    test: { file: approvals, name: 'as many different people as must' },
  },
  {
    // That a late answer is late is held three times (here, in the statement, by a trigger): none of them shows alone but the last.
    guard: 'approval: an answer in time, to the millisecond, is in time',
    file: 'core/ledger/approve.ts',
    find: "approvals.some(({ state, left_ms }) => state === 'open' && left_ms <= 0)",
    replace: "approvals.some(({ state, left_ms }) => state === 'open' && left_ms <= 1)",
    test: { file: expiry, name: 'an answer -1 ms after the end' },
  },
  {
    guard: 'approval: the database takes no answer that is late',
    file: 'migrations/0013_approval_stages.sql',
    find: ' or new.decided_at >= asked.expires_at then',
    replace: ' then',
    test: { file: expiry, name: 'the database itself takes no answer that is late' },
  },
  {
    guard: 'approval: an answer in time starts the request, whatever the clock says a moment later',
    file: 'core/ledger/approve.ts',
    find: 'await ringNow(tx, [requestId], record)',
    replace: 'await (await import("./hand-over.ts")).ring(tx, [requestId], record)',
    test: { file: expiry, name: 'an answer in time counts' },
  },
  {
    guard: 'approval: the time is read when the reconciler looks, not when it was told to look',
    file: 'core/ledger/tend-approvals.ts',
    find: 'if (approvals.length === 0 || isOver(approvals)) await end',
    replace: 'if (approvals.length >= 0) await end',
    test: { file: expiry, name: 'an early look ends nothing' },
  },
  {
    guard: 'approval: a request done again asks anew when the old answer counts no more',
    file: 'core/ledger/retry.ts',
    find: 'const [ready] = await holdForApproval(tx, [requestId], record, actor)',
    replace: 'const [ready] = (await holdForApproval(tx, [], record, actor)).concat(requestId)',
    test: { file: approvals, name: 'needs no new approval while the old one counts' },
  },
]
