import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { diffRuleSets } from './diff.ts'
import { parseRuleSet } from './parse.ts'
import type { RuleSet } from './schema.ts'

const base = `
name: people
identity: { login: "$login(givenName, familyName)" }
targets:
  directory:
    correlate: { uid: identity.login }
    attributes: { uid: identity.login, mail: emailAddress, title: { value: title, strength: weak } }
    memberships: "['everyone']"
approvals:
  - { name: Payroll, when: plan.kind = 'create', role: approver, expires: 48h }
`
const read = (text: string): RuleSet => parseRuleSet(text, { file: 'people.yaml' })
/** The differences that replacing one piece of the text by another makes. */
const change = (piece: string, by: string) => {
  assert.ok(base.includes(piece), piece)
  return diffRuleSets(read(base), read(base.replace(piece, by)))
}
const told = (piece: string, by: string) => change(piece, by).map(({ sentence }) => [sentence.fr, sentence.en])

test('a rule set differs in nothing from itself', () => {
  for (const file of ['default.yaml', 'example.json']) {
    const ruleSet = read(readFileSync(join(import.meta.dirname, file), 'utf8'))

    assert.deepEqual(diffRuleSets(ruleSet, ruleSet), [])
  }
})

test('another way of writing the same is no difference', () => {
  const other = `
targets:
  directory:
    memberships: |
      [
        'everyone'   /* all of them */
      ]
    correlate: { uid: identity . login }
    attributes:
      title: { strength: weak, onNull: keep, value: '( title )' }
      mail: { value: emailAddress, strength: strong, onNull: clear, multivalued: replace, secret: false }
      uid: identity.login
approvals: [{ when: "plan.kind='create'", name: Payroll, role: approver, expires: 2d, quorum: 1 }]
identity: { login: "$login( givenName,familyName )" }
version: 7
name: people`

  const paths = diffRuleSets(read(base), read(other)).map(({ path }) => path)

  // Brackets are an own step of JSONata’s syntax.
  assert.deepEqual(paths, ['targets.directory.attributes.title.value'])
})

test('an expression that changes is told with what it was and what it becomes', () => {
  const [difference, ...others] = change('mail: emailAddress', 'mail: $lowercase(emailAddress)')

  assert.deepEqual(others, [])
  assert.deepEqual(difference, {
    kind: 'changed',
    path: 'targets.directory.attributes.mail.value',
    target: 'directory',
    attribute: 'mail',
    before: 'emailAddress',
    after: '$lowercase(emailAddress)',
    sentence: {
      fr: 'directory : l’attribut mail, son expression change : emailAddress devient $lowercase(emailAddress)',
      en: 'directory: the attribute mail, its expression changes: emailAddress becomes $lowercase(emailAddress)',
    },
  })
})

test('targets, attributes and groups that come and go are told as such', () => {
  assert.deepEqual(
    told('memberships: "[\'everyone\']"', 'memberships: "[\'everyone\']"\n  intranet: { correlate: { id: identity.login } }'),
    [['La cible intranet est ajoutée', 'The target intranet is added']],
  )
  assert.deepEqual(told('mail: emailAddress, ', ''), [
    [
      'directory : l’attribut mail est supprimé (c’était emailAddress)',
      'directory: the attribute mail is removed (it was emailAddress)',
    ],
  ])
  assert.deepEqual(told('mail: emailAddress, ', 'mail: emailAddress, phone: telephoneNumber, '), [
    ['directory : l’attribut phone est ajouté : telephoneNumber', 'directory: the attribute phone is added: telephoneNumber'],
  ])
  assert.deepEqual(told('    memberships: "[\'everyone\']"\n', ''), [
    [
      "directory : la liste des groupes est supprimée (c’était ['everyone'])",
      "directory: the list of groups is removed (it was ['everyone'])",
    ],
  ])
})

test('how strongly, and what no value means, are told', () => {
  assert.deepEqual(told('strength: weak', 'strength: initial'), [
    [
      'directory : l’attribut title, sa force change : weak devient initial',
      'directory: the attribute title, its strength changes: weak becomes initial',
    ],
  ])
  assert.deepEqual(told('strength: weak', 'strength: weak, onNull: error'), [
    [
      'directory : l’attribut title, sans valeur change : keep devient error',
      'directory: the attribute title, without a value changes: keep becomes error',
    ],
  ])
})

test('who has an account, and what a failure means, are told as what they do', () => {
  const at = '    correlate: { uid'
  assert.deepEqual(told(at, `    when: $exists(title)\n${at}`), [
    ['directory : un compte seulement si $exists(title)', 'directory: an account only if $exists(title)'],
  ])
  assert.deepEqual(told(at, `    onFailure: hold\n${at}`), [
    ['directory : on attend une personne en cas d’échec', 'directory: on a failure, a person is waited for'],
  ])
})

test('approvals go by their names, wherever they stand', () => {
  const [removed] = told("  - { name: Payroll, when: plan.kind = 'create', role: approver, expires: 48h }\n", '  []\n')
  const more = "approvals:\n  - { name: First, when: 'true', role: admin, expires: 1h }"

  assert.deepEqual(removed, ['L’approbation « Payroll » n’est plus demandée', 'The approval “Payroll” is not asked for any more'])
  assert.deepEqual(told('approvals:', more), [['L’approbation « First » est ajoutée', 'The approval “First” is added']])
  assert.deepEqual(told('expires: 48h', 'expires: 48h, quorum: 2'), [
    [
      'Approbation « Payroll », le nombre de personnes change : 1 devient 2',
      'Approval “Payroll”, the number of people changes: 1 becomes 2',
    ],
  ])
})

test('stages, named people and drifts of approvals have words too', () => {
  const english = (after: string) => told('role: approver, expires: 48h }', after).map(([, en]) => en)

  assert.deepEqual(english('role: approver, expires: 48h, people: [bea], onDrift: replan }'), [
    'Approval “Payroll”, when an account changed meanwhile is added: replan',
    'Approval “Payroll”, the people named is added: ["bea"]',
  ])
  assert.deepEqual(
    english('stages: [{ people: manager, expires: 48h }, { role: approver, expires: 48h }] }').map((text) =>
      text?.split(/[:(]/)[0]?.trim(),
    ),
    [
      'Approval “Payroll”, stage 1 is added',
      'Approval “Payroll”, stage 2 is added',
      'Approval “Payroll”, who approves is removed',
      'Approval “Payroll”, the number of people is removed',
      'Approval “Payroll”, the time for it in seconds is removed',
    ],
  )
})

test('what there are no words for is told by its path', () => {
  const later = { ...read(base), retention: { days: 30 } } as unknown as RuleSet

  assert.deepEqual(
    diffRuleSets(read(base), later).map(({ path, sentence }) => [path, sentence.en]),
    [['retention', 'retention is added: {"days":30}']],
  )
})

test('what becomes of leavers, and how many may leave at once, are told in words', () => {
  const leavers = `${base}safety:
  - { name: Mass, operations: [disable], within: 1h, count: 20 }
`.replace('memberships: "[\'everyone\']"', 'memberships: "[\'everyone\']"\n    lifecycle: { deleteAfter: 90d }')
  const longer = leavers.replace('90d', '30d').replace('count: 20', 'count: 50')
  const sentences = (from: string, to: string) => diffRuleSets(read(from), read(to)).map(({ sentence }) => sentence.en)

  assert.deepEqual(sentences(base, leavers), [
    'directory: what becomes of a leaver’s account is ruled',
    'The safety threshold “Mass” is added',
  ])
  assert.deepEqual(sentences(leavers, longer), [
    'directory: the grace before a deletion (in seconds) changes: 7776000 becomes 2592000',
    'Safety threshold “Mass”, the number changes: 20 becomes 50',
  ])
})
