import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRuleSet, RuleSetError, type RuleProblem, type Surroundings } from './index.ts'

function problemsOf(text: string, surroundings: Surroundings = {}): readonly RuleProblem[] {
  try {
    parseRuleSet(text, { file: 'r.yaml', ...surroundings })
  } catch (error) {
    if (error instanceof RuleSetError) return error.problems
    throw error
  }
  return []
}

const told = ({ at, path, message, hint }: RuleProblem) => `${at} ${path}: ${message} (${hint})`

const rules = `name: x
identity:
  city: $lookup('sitse', site)
targets:
  ldap:
    correlate: { uid: uid }
    attributes:
      l: identity.city
      sn: familyNme
      memberof: groups
      "userPassword": { value: '$exists(password) ? password : $password()', secret: true }
`

test('a lookup table that there is not is told with its place, and with the one that was probably meant', () => {
  assert.deepEqual(problemsOf(rules, { lookups: ['sites', 'services'] }).map(told), [
    'r.yaml:3:18 identity.city: there is no lookup table "sitse" (did you mean sites?)',
  ])
  assert.deepEqual(problemsOf(rules, { lookups: [] })[0]?.hint, 'there are none')
  assert.deepEqual(problemsOf(rules), [], 'what is not known is not checked')
})

test('an attribute that identities do not come with is told, where the rule set or its surroundings name those that they do', () => {
  const named = rules.replace('identity:', 'attributes: [uid, site, familyName, groups]\nidentity:')

  assert.deepEqual(problemsOf(named).map(told), [
    'r.yaml:10:11 targets.ldap.attributes.sn: identities come with no attribute "familyNme" (did you mean familyName?)',
  ])
  assert.deepEqual(
    problemsOf(rules, { attributes: ['uid', 'site', 'familyNme'] }).map(({ message, hint }) => [message, hint]),
    [['identities come with no attribute "groups"', 'name it under `attributes` when they do']],
  )
})

test('an attribute that accounts of a target do not have, or that cannot be written, is told where a schema is known', () => {
  const attribute = (name: string, readOnly = false) => ({ name, readOnly })
  const schemas = {
    ldap: [...['UID', 'l', 'sn', 'userpasswrd'].map((name) => attribute(name)), attribute('memberOf', true)],
    other: [attribute('x')],
  }

  assert.deepEqual(
    problemsOf(rules, { schemas }).map(({ at, message, hint }) => [at, message, hint]),
    [
      ['r.yaml:10:7', 'ldap keeps "memberof" for itself: it cannot be written', undefined],
      ['r.yaml:11:7', 'accounts of ldap have no attribute "userPassword"', 'did you mean userpasswrd?'],
    ],
  )
})

test('a rule set reads twenty tables at most', () => {
  const many = Array.from({ length: 21 }, (_, index) => `  a${index}: $lookup('t${index}', x)`).join('\n')

  assert.match(
    problemsOf(`name: x\nidentity:\n${many}\ntargets: { t: { correlate: { a: a } } }`)[0]?.message ?? '',
    /at most 20 lookup tables/,
  )
})
