import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { readConfiguration, type LoadedConfiguration } from './read.ts'

const root = mkdtempSync(join(tmpdir(), 'passerelle-configuration-'))
after(() => rmSync(root, { recursive: true }))

const rules = 'name: default\ntargets:\n  erp:\n    correlate: { id: id }\n'
const target = 'connector: sql, config: { dialect: postgres, url: "${ERP_URL}", table: t, key: id }'
const variables = { ERP_URL: 'postgres://erp/x', KEY: 'k'.repeat(32) }

let count = 0
function folder(files: Readonly<Record<string, string>>): string {
  const path = join(root, String(count++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

const read = (path: string): Promise<LoadedConfiguration> => readConfiguration(path, { variables, connectors })

/** The problems of a document, one a line. */
async function problemsOf(files: Readonly<Record<string, string>>, name = ''): Promise<string[]> {
  try {
    await read(join(folder(files), name))
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

test('a folder’s files are one configuration, with rule sets beside it', async () => {
  const path = folder({
    'sources.yaml': 'sources:\n  hr: { credentials: [{ apiKey: "${KEY}" }] }\nruleSets: [rules/default.yaml]\n',
    'targets.json': `{"targets": {"erp": {"connector": "sql", "config": {"dialect": "postgres", "url": "\${ERP_URL}", "table": "t", "key": "id"}}}}`,
    'rules/default.yaml': rules,
    'notes.txt': 'not read',
  })

  const { sources, targets, ruleSets } = await read(path)

  assert.deepEqual(sources['hr'], { ruleSet: 'default', credentials: [{ apiKey: variables.KEY }] })
  assert.deepEqual([targets['erp']?.onFailure, targets['erp']?.config['url']], ['required', variables.ERP_URL])
  assert.deepEqual(ruleSets, [{ name: 'default', document: { text: rules, cases: null }, targets: ['erp'], fourEyes: false }])
})

test('a variable’s value cannot change the shape of the document, and `$${` is text', async () => {
  const path = folder({
    'a.yaml': `targets:\n  erp: { connector: sql, config: { dialect: postgres, url: "\${ERP_URL}", table: "\${SHAPE}", key: "$\${KEY}" } }\n`,
  })

  const { targets } = await readConfiguration(path, { variables: { ...variables, SHAPE: 'x, key: y }\n# ${KEY}' }, connectors })

  assert.deepEqual([targets['erp']?.config['table'], targets['erp']?.config['key']], ['x, key: y }\n# ${KEY}', '${KEY}'])
})

test('every problem is told with file, line, column and path', async () => {
  const problems = await problemsOf({
    'a.yaml': ['sources:', '  HR: { credentials: [] }', 'targets:', `  erp: { ${target}, onFailure: maybe }`, 'colour: red'].join(
      '\n',
    ),
  })

  assert.equal(problems.length, 4, problems.join('\n'))
  assert.match(problems[0] ?? '', /^a\.yaml:2:\d+ sources\.HR: a name holds lower-case letters/)
  assert.ok(problems.some((line) => /^a\.yaml:2:\d+ sources\.HR\.credentials: a source needs at least one credential/.test(line)))
  assert.ok(problems.some((line) => /^a\.yaml:4:\d+ targets\.erp\.onFailure: It is one of/.test(line)))
  assert.ok(problems.some((line) => /^a\.yaml:5:\d+ colour: /.test(line)))
})

test('what a connector finds wrong stands at the setting, and quotes nothing', async () => {
  const problems = await problemsOf({
    'a.yaml': `targets:\n  erp:\n    connector: sql\n    config:\n      dialect: postgres\n      url: 7431\n      table: t\n      key: id\n      poolSize: canary\n`,
  })

  assert.deepEqual(
    problems.map((line) => line.replace(/: .*/, '')),
    ['a.yaml:6:12 targets.erp.config.url', 'a.yaml:9:17 targets.erp.config.poolSize'],
  )
  assert.doesNotMatch(problems.join(), /7431|canary/)
})

test('a broken YAML is told by its first error alone, without its text', async () => {
  const problems = await problemsOf({
    'a.yaml': 'targets:\n  erp: { connector: sql, config: { password: ${CANARY} } }\n  crm: x\n',
  })

  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^a\.yaml:2:\d+ /)
  assert.doesNotMatch(problems[0] ?? '', /CANARY/)
})

test('names that stand in two files, rule sets that are missing, and targets that nobody configured are told', async () => {
  const twice = await problemsOf({ 'a.yaml': `targets:\n  erp: { ${target} }\n`, 'b.yaml': `targets:\n  erp: { ${target} }\n` })
  const unknown = await problemsOf({
    'a.yaml': 'sources:\n  hr: { ruleSet: other, credentials: [{ apiKey: "${KEY}" }] }\nruleSets: [r/x.yaml]\n',
    'r/x.yaml': rules,
  })

  assert.equal(twice.length, 1)
  assert.match(twice[0] ?? '', /erp is declared/)
  assert.equal(unknown.length, 2)
  assert.match(unknown[0] ?? '', /sources\.hr\.ruleSet: there is no rule set named other/)
  assert.match(unknown[1] ?? '', /rule set default: targets\.erp is no target/)
})

test('a source says which attributes identify an object, and which types it sends', async () => {
  const files = (lists: string) => ({
    'a.yaml': `sources:\n  hr: { ${lists}, credentials: [{ apiKey: "\${KEY}" }] }\ntargets:\n  erp: { ${target} }\nruleSets: [r/x.yaml]\n`,
    'r/x.yaml': rules,
  })

  const { sources } = await read(folder(files('identifiers: [badge], objectTypes: [org]')))

  assert.deepEqual([sources['hr']?.identifiers, sources['hr']?.objectTypes], [['badge'], ['org']])
  assert.match((await problemsOf(files('identifiers: []')))[0] ?? '', /identifiers: name at least one/)
})

test('a configuration that is not there is told with what to check', async () => {
  await assert.rejects(read('/nowhere/passerelle.yaml'), { code: 'config', hint: 'check PASSERELLE_CONFIG' })
  await assert.rejects(read(folder({ 'notes.txt': 'x' })), /holds no \.yaml, \.yml or \.json file/)
})
