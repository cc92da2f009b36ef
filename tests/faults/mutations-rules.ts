/** The guards of the life of rules: who may bring what into force, and what must have been looked at before; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const life = 'server/rules/life.test.ts'
const flow = 'tests/flows/rules-life.test.ts'
const migration = 'migrations/0011_rule_versions.sql'
const byDatabase = { file: flow, name: 'are held by the database too' }

export const ruleMutations: readonly Mutation[] = [
  {
    guard: 'rules: whoever had a hand in a version does not review it',
    file: 'server/rules/life.ts',
    find: "life.authors.includes(step.by) ? 'own' : null",
    replace: 'null',
    test: { file: life, name: 'nobody who had a hand in a version reviews it' },
    isFast: true,
  },
  {
    guard: 'rules: with four eyes nothing is published that nobody looked at',
    file: 'server/rules/life.ts',
    find: "return fourEyes && !isReviewed ? 'unreviewed' : null",
    replace: 'return null',
    test: { file: life, name: 'with four eyes only what somebody looked at is published' },
    isFast: true,
  },
  {
    guard: 'rules: red tests prevent a publication',
    file: 'server/rules/life.ts',
    find: "return life.red > 0 && !mayBeRed ? 'red' : null",
    replace: 'return null',
    test: { file: life, name: 'problems prevent a publication whatever anybody says' },
    isFast: true,
  },
  {
    guard: 'rules: an older version does not take a newer one’s place unseen',
    file: 'server/rules/life.ts',
    find: 'return inForce !== null && inForce > version',
    replace: 'return false',
    test: { file: life, name: 'a version that is older than the one in force does not take its place' },
    isFast: true,
  },
  {
    guard: 'rules: the database holds that the reviewer is no author',
    file: migration,
    find: '  add constraint rule_version_four_eyes check (not reviewed_by = any (authors)),\n',
    replace: '',
    test: byDatabase,
  },
  {
    guard: 'rules: the database holds that four eyes looked',
    file: migration,
    find: "and new.reviewed_by is null and new.authors <> '{configuration}'",
    replace: 'and false',
    test: byDatabase,
  },
  {
    guard: 'rules: what is looked at stays as it is',
    file: migration,
    find: "old.state in ('in_review', 'approved', 'scheduled') and",
    replace: 'false and',
    test: byDatabase,
  },
  {
    guard: 'rules: one version is in force',
    file: migration,
    find: "create unique index rule_version_in_force on rule_version (name) where state = 'published';",
    replace: '',
    test: { file: flow, name: 'puts exactly one version in force, whoever publishes at once' },
  },
  {
    guard: 'rules: who did not see what another saved does not overwrite it',
    file: 'server/rules/drafting.ts',
    find: 'if (save.base !== draft.version || save.revision !== draft.revision) throw savedMeanwhile(draft)',
    replace: '',
    test: { file: flow, name: 'is not overwritten by who did not see what another saved' },
  },
  {
    guard: 'rules: two who change a rule set at once do so one after the other',
    file: 'server/rules/locked.ts',
    find: ' from rule_set_policy where name = ${name} for update`',
    replace: ' from rule_set_policy where name = ${name}`',
    test: { file: flow, name: 'of which two are begun at once is one' },
  },
  {
    guard: 'rules: the tests are tried again when a version is published',
    file: 'server/rules/publishing.ts',
    find: 'return { ruleSet, found: { ...found, problems, red } }',
    replace: 'return { ruleSet, found }',
    test: { file: flow, name: 'tries the tests again: what they once came to does not count' },
  },
  {
    guard: 'rules: who lost the right by the moment that they chose does not publish',
    file: 'server/rules/publishing.ts',
    find: 'const refused = mayPublish ? whyNot(ruleSet, found, mayOverride) :',
    replace: 'const refused = true ? whyNot(ruleSet, found, mayOverride) :',
    test: { file: flow, name: 'does not publish for somebody who lost the right' },
  },
  {
    guard: 'rules: publishing red tests needs its own right',
    file: 'server/api/rules.ts',
    find: "if (override !== null && !isAllowed(actorOf(c), 'rules:override'))",
    replace: "if (override !== null && !isAllowed(actorOf(c), 'rules:publish'))",
    test: { file: flow, name: 'is refused while tests are red; an override needs the right and a reason' },
  },
  {
    guard: 'rules: all servers are told of what is published',
    file: 'server/rules/publishing.ts',
    find: "  await tx`select pg_notify(${configurationChannel}, '')`\n",
    replace: '',
    test: { file: flow, name: 'wakes every server, and says who, what and why in the audit trail' },
  },
  {
    guard: 'rules: a file that did not change leaves alone what people publish',
    file: 'server/rules/configured.ts',
    find: 'update(JSON.stringify([text, cases]))',
    replace: 'update(String(Math.random()))',
    test: { file: 'tests/flows/rules-configured.test.ts', name: 'a file leaves alone what people published' },
  },
]
