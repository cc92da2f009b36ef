/** Settings are judged before their variables are filled: as far as they are known, and no further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { checkSettings } from './settings.ts'

const lacksTable = 'Give table and key; or the mode accounts, for the accounts of the database itself'
const lacksAddress = 'Give url, or host and database'
const otherDialect = 'The URL is of another dialect than the one chosen'
const table = { table: 'person', key: 'id' }

test('what several settings must be together is judged when the variables are others', () => {
  assert.deepEqual(problemsOf('sql', { dialect: 'postgres', url: '${URL}' }), [`/ ${lacksTable}`])
  assert.deepEqual(problemsOf('sql', { dialect: 'postgres', host: 'db', password: '${PASSWORD}', ...table }), [
    `/ ${lacksAddress}`,
  ])
  assert.deepEqual(problemsOf('sql', { dialect: 'mysql', url: 'postgres://db/hr', user: '${USER}', ...table }), [
    `/ ${otherDialect}`,
  ])
  assert.deepEqual(problemsOf('scim', { url: 'https://scim.example.org', login: 'basic', password: '${PASSWORD}' }).length, 1)
})

test('they are judged though a variable stands where no text does, or another setting is wrong', () => {
  assert.deepEqual(problemsOf('sql', { dialect: 'postgres', host: 'db', port: '${PORT}', ...table }), [`/ ${lacksAddress}`])
  assert.deepEqual(problemsOf('sql', { dialect: 'postgres', host: 'db', poolSize: 0, password: '${PASSWORD}' }), [
    '/poolSize It is at least 1',
    `/ ${lacksTable}`,
    `/ ${lacksAddress}`,
  ])
})

test('what reads a variable, or a setting that is wrong by itself, is not judged', () => {
  assert.deepEqual(problemsOf('sql', { dialect: 'mysql', url: '${URL}', ...table }), [])
  assert.deepEqual(problemsOf('sql', { dialect: 'mysql', host: 'db', database: '${DATABASE}', ...table }), [])
  assert.deepEqual(problemsOf('sql', { dialect: 'mysql', url: 'postgres://${HOST}/hr', ...table }), [])
  assert.deepEqual(problemsOf('sql', { mode: '${MODE}', dialect: 'mysql', url: 'mysql://db/hr' }), [])
  assert.deepEqual(problemsOf('scim', { url: '${URL}', token: '${TOKEN}' }), [])
  assert.deepEqual(problemsOf('sql', { dialect: 'oracle', url: 'mysql://db/hr', ...table }).length, 1)
})

test('a group’s own check is judged as far as what it reads is known', () => {
  const active = (values: object) =>
    problemsOf('sql', { dialect: 'mysql', url: '${URL}', ...table, active: { column: '${COLUMN}', ...values } })

  assert.deepEqual(active({ whenActive: 1, whenInactive: 1 }), ['/active The values for active and disabled must differ'])
  assert.deepEqual(active({ whenActive: 1, whenInactive: '${OFF}' }), [])
})

test('a URL that cannot be read is told, and nothing more is made of it', () => {
  assert.deepEqual(
    problemsOf('scim', { url: 'nonsense', token: 'x' }).map((problem) => problem.split(' ')[0]),
    ['/url', '/url'],
  )
})

function problemsOf(id: string, config: Readonly<Record<string, unknown>>): readonly string[] {
  const connector = connectors[id]
  assert.ok(connector !== undefined)
  return checkSettings(connector, { name: 'hr', config }).problems.map(({ path, message }) => `${path} ${message}`)
}
