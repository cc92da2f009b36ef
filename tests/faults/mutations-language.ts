/** The guards of the rules' sandbox, and of the names and passwords that rules make up; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const names = 'tests/flows/names.test.ts'
const conduct = 'rules/sandbox/conduct.test.ts'
const beside = 'rules/sandbox/beside-attacks.test.ts'

export const languageMutations: readonly Mutation[] = [
  {
    guard: 'sandbox: a rule set that was stopped is not trusted at once',
    file: 'rules/sandbox/conduct.ts',
    find: 'record.owed = probation * 2 ** (record.strikes - 1)',
    replace: 'record.owed = 0',
    test: { file: conduct, name: 'a program that was stopped is trusted again' },
    isFast: true,
  },
  {
    guard: 'sandbox: a job that holds others up changes places',
    file: 'rules/sandbox/pool.ts',
    find: "      substitute.lane = 'open'\n",
    replace: '',
    test: { file: beside, name: 'a rule set that was well for long' },
  },
  {
    guard: 'names: what a stranger holds in a target is passed over',
    file: 'server/requests/names.ts',
    find: '!(await nameCheck.isHeld(value, heldIn, isOwn))',
    replace: 'heldIn.length >= 0',
    test: { file: names, name: 'a name that a stranger holds in a target is passed over' },
  },
  {
    guard: 'names: an account that only a made-up name finds is not taken over',
    file: 'workers/step-job.ts',
    find: 'if (plan.adopts === false && accountId === null)',
    replace: 'if (plan.adopts === false && accountId === "")',
    test: { file: names, name: 'a stranger’s account that planning could not see' },
  },
  {
    guard: 'names: what a refused request had reserved is given back',
    file: 'server/requests/planning.ts',
    find: 'if (requestId !== null) await releaseAll(sql, requestId)',
    replace: '',
    test: { file: names, name: 'a request that is rolled back, and one that the rules refuse' },
  },
  {
    guard: 'passwords: an account that is there keeps its own',
    file: 'workers/step-job.ts',
    find: "!isGenerated(plan.secrets[attribute] ?? '')",
    replace: "attribute !== ''",
    test: { file: 'tests/flows/passwords.test.ts', name: 'an account that is found and becomes the identity’s keeps' },
  },
]
