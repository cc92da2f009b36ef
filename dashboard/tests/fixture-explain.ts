/** How the fixture's values came to be: what the gateway would say of the shipped expressions. */
import type { ExplainedValue, Explanation } from '../src/lib/api.ts'
import type { FixtureRequest } from './fixture-people.ts'

export function explanationOf({ detail }: FixtureRequest): Explanation {
  const { login = [], nomComplet = [], courriel = [] } = detail.plan.identity
  return {
    requestId: detail.id,
    ruleSet: 'collaborateurs',
    version: 14,
    publishedBy: 'person:admin',
    publishedAt: new Date(Date.parse(detail.receivedAt) - 86_400_000).toISOString(),
    isExact: detail.kind !== 'update',
    approvedBy: [],
    values: [
      loginOf(login),
      {
        ...blank('identity.nomComplet', null, 'nomComplet', nomComplet),
        expression: "$join([$proper(givenName), $proper(familyName)], ' ')",
        at: 'collaborateurs.yaml:11:15',
        inputs: [
          { name: 'givenName', value: 'ZOÉ', path: null },
          { name: 'familyName', value: 'MÜLLER', path: null },
        ],
      },
      mailOf(courriel, login),
      ...detail.plan.steps.flatMap(({ target, attributes }) =>
        Object.entries(attributes).map(([name, { values }]): ExplainedValue => ({
          ...blank(`targets.${target}.attributes.${name}`, target, name, values),
          expression: name === 'login' ? 'identity.login' : name === 'nom' ? 'identity.nomComplet' : 'personalNumber',
          inputs: name === 'login' ? [{ name: 'identity.login', value: login, path: 'identity.login' }] : [],
        })),
      ),
    ],
  }
}

function blank(path: string, target: string | null, attribute: string, value: ExplainedValue['value']): ExplainedValue {
  return { path, target, attribute, value, expression: '', at: null, inputs: [], parts: [], tried: [] }
}

function loginOf(login: ExplainedValue['value']): ExplainedValue {
  const base = String(login[0] ?? '').replace(/\d+$/, '')
  const expression = "$unique($login(givenName, familyName), ['annuaire', 'badges', 'erp-paris'], 20)"
  return {
    ...blank('identity.login', null, 'login', login),
    expression,
    at: 'collaborateurs.yaml:10:10',
    inputs: [
      { name: 'givenName', value: 'ZOÉ', path: null },
      { name: 'familyName', value: 'MÜLLER', path: null },
    ],
    parts: [
      { text: expression, start: 0, end: expression.length, value: login[0], branch: null },
      { text: '$login(givenName, familyName)', start: 8, end: 37, value: base, branch: null },
    ],
    tried: [
      { value: `${base}0`, free: false },
      { value: String(login[0] ?? ''), free: true },
    ],
  }
}

function mailOf(courriel: ExplainedValue['value'], login: ExplainedValue['value']): ExplainedValue {
  const expression = "$exists(emailAddress) ? $lowercase(emailAddress) : identity.login & '@exemple.fr'"
  return {
    ...blank('identity.courriel', null, 'courriel', courriel),
    expression,
    at: 'collaborateurs.yaml:13:5',
    inputs: [
      { name: 'emailAddress', value: null, path: null },
      { name: 'identity.login', value: login, path: 'identity.login' },
    ],
    parts: [
      { text: expression, start: 0, end: expression.length, value: courriel[0], branch: 'else' },
      { text: "identity.login & '@exemple.fr'", start: 51, end: 81, value: courriel[0], branch: null },
    ],
  }
}
