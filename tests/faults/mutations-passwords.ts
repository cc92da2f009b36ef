/** The guards of passwords that an undo cannot put back; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const compensate = 'connectors/kit/compensate.ts'
const oldSecret = 'connectors/kit/old-secret.ts'
const kit = 'connectors/kit/old-secret.test.ts'
const flow = 'tests/flows/password-resets.test.ts'

export const passwordMutations: readonly Mutation[] = [
  {
    guard: 'passwords: one that cannot be put back does not leave the step’s own in force',
    file: compensate,
    find: 'for (const { name } of left) await resetSecret(driver, current, name)',
    replace: '',
    test: { file: kit, name: 'a system that shows nothing gets a password that nobody knows' },
    isFast: true,
  },
  {
    guard: 'passwords: what somebody else set is not replaced',
    file: oldSecret,
    find: "if (ours !== '' && now !== ours) return { name, old: null, standing: 'other' }",
    replace: '',
    test: { file: kit, name: 'a mark that is neither the old one nor ours is somebody else’s' },
    isFast: true,
  },
  {
    guard: 'passwords: the old one of a step that never set another is left alone',
    file: oldSecret,
    find: "if (isBefore) return { name, old, standing: 'before' }",
    replace: '',
    test: { file: kit, name: 'a step that did not come to its password leaves the old one alone' },
    isFast: true,
  },
  {
    guard: 'passwords: none is set that nobody knows before it is durable that it will be',
    file: compensate,
    find: 'if (left.length > 0) await begin?.()',
    replace: 'if (left.length > 0) void begin?.().catch(() => undefined)',
    test: { file: kit, name: 'nothing is set where it could not be made durable' },
    isFast: true,
  },
  {
    guard: 'passwords: an undo that died knows its own work again',
    file: 'workers/undo.ts',
    find: 'begun: step.resetBegun,',
    replace: 'begun: false,',
    test: { file: flow, name: 'an undo that dies after it set the password is done again' },
  },
  {
    guard: 'passwords: a worker that lost its step sets none',
    file: 'core/ledger/begin-reset.ts',
    find: ' and step.fence = row.fence\n',
    replace: '\n',
    test: { file: 'tests/faults/guards.test.ts', name: 'an undo that another took over may not set a password' },
  },
  {
    guard: 'passwords: how the target showed ours is kept until the undo',
    file: 'workers/undo.ts',
    find: ', ...(after && { after })',
    replace: '',
    test: { file: flow, name: 'a password that somebody else set after the step stays' },
  },
  {
    guard: 'passwords: people are told where one is in force that nobody knows',
    file: 'core/ledger/settle.ts',
    find: '    tellOfResets(tx, reset),\n',
    replace: '',
    test: { file: flow, name: 'what cannot be put back is reset' },
  },
]
