/** The guards of approvals and of what people and sources are told; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const rights = { file: 'core/approval-rights.test.ts' }
const stages = 'tests/flows/approval-stages.test.ts'
const notifications = 'tests/flows/notifications.test.ts'
const barred = { ...rights, name: 'whoever asked, wrote the rules, or is whom it is about may not' }
const refused = { file: stages, name: 'is refused: nothing is done, and whoever has it done again is asked anew' }

export const approvalMutations: readonly Mutation[] = [
  {
    guard: 'four eyes: who wrote the rules does not approve what comes of them',
    file: 'core/approval-rights.ts',
    find: "if (authors.includes(actor)) return 'author'\n",
    replace: '',
    test: barred,
    isFast: true,
  },
  {
    guard: 'four eyes: nobody approves what is about themselves',
    file: 'core/approval-rights.ts',
    find: "return subjects.includes(actor) ? 'subject' : null",
    replace: 'return null',
    test: barred,
    isFast: true,
  },
  {
    guard: 'four eyes: the database knows authors and subjects too',
    file: 'migrations/0013_approval_stages.sql',
    find: 'if new.person = any(asked.authors || asked.subjects) or ',
    replace: 'if ',
    test: { file: stages, name: 'whom a request is about does not approve it' },
  },
  {
    guard: 'delegation: no way round for who may not approve',
    file: 'core/approval-rights.ts',
    find: ' && whyBarred(question, other.actor) === null',
    replace: '',
    test: { ...rights, name: 'who may not answer cannot have it done by another' },
    isFast: true,
  },
  {
    guard: 'delegation: nobody is counted twice',
    file: 'core/approval-rights.ts',
    find: 'const left = free.find(({ actor }) => !hasAnswered(actor))',
    replace: 'const left = free[0]',
    test: { ...rights, name: 'nobody counts twice' },
    isFast: true,
  },
  {
    guard: 'delegation: the database takes no answer in another’s stead that nobody gave away',
    file: 'migrations/0013_approval_stages.sql',
    find: 'if new.on_behalf_of is not null and not exists (',
    replace: 'if false and not exists (',
    test: { file: stages, name: 'of everything for a time' },
  },
  {
    guard: 'stages: only what is open runs out',
    file: 'core/ledger/approve.ts',
    find: "state === 'open' && left_ms <= 0",
    replace: 'left_ms <= 0',
    test: { file: stages, name: 'the first may be long over when the second is given' },
  },
  {
    guard: 'stages: the plan says who answers, not the row beside it',
    file: 'core/ledger/approve.ts',
    find: '...approversOf(need, approval.is_escalated),',
    replace: 'roles: [need.role, "approver"] as const, people: ["rita", "rolf"],',
    test: { file: stages, name: 'who is written into the list of people in the database may not answer' },
  },
  {
    guard: 'drift: what is not as it was when people were asked is not begun',
    file: 'core/ledger/guard-approval.ts',
    find: 'before === undefined || broken.has(requestId) || !asking.includes(requestId)',
    replace: 'before !== null || true',
    test: refused,
  },
  {
    guard: 'drift: what was agreed to on something else is asked anew',
    file: 'core/ledger/ask-approval.ts',
    find: '!drifted.has(id) &&',
    replace: '',
    test: refused,
  },
  {
    guard: 'drift: of a deletion everything counts',
    file: 'core/approval-image.ts',
    find: "const isAll = operation === 'delete'",
    replace: 'const isAll = false',
    test: { file: 'core/approval-image.test.ts', name: 'a deletion takes everything' },
    isFast: true,
  },
  {
    guard: 'notifications: who is asked is told in the same transaction',
    file: 'core/ledger/ask-approval.ts',
    find: "  await tellApprovers(\n    tx,\n    asked.filter(({ state }) => state === 'open').map(({ id }) => id),\n    'approval_asked',\n  )\n",
    replace: '',
    test: { file: notifications, name: 'who is asked by role is told once' },
  },
  {
    guard: 'notifications: what a worker died with is taken up by another',
    file: 'core/ledger/notification.ts',
    find: "state = 'waiting' and next_at <= clock_timestamp() order by",
    replace: "state = 'waiting' and attempts = 0 and next_at <= clock_timestamp() order by",
    test: { file: notifications, name: 'a worker that dies while the mail server hangs' },
  },
  {
    guard: 'mail: nothing goes to a server without TLS',
    file: 'workers/mailer.ts',
    find: 'requireTLS: !isTls && !isClear,',
    replace: 'requireTLS: false,',
    test: { file: 'tests/flows/mailer.test.ts', name: 'a server that offers no TLS gets nothing' },
  },
  {
    guard: 'webhooks: time and body are signed together',
    file: 'workers/webhook.ts',
    find: '.update(`${seconds}.${body}`)',
    replace: '.update(body)',
    test: { file: 'workers/webhook.test.ts', name: 'a call is signed over its time and its body' },
    isFast: true,
  },
  {
    guard: 'webhooks: only what the source’s configuration allows is called',
    file: 'workers/webhook.ts',
    find: 'createEgress({ allow, timeoutMs',
    replace: "createEgress({ allow: ['127.0.0.1'], timeoutMs",
    test: { file: notifications, name: 'an address that nobody allowed is not called' },
  },
]
