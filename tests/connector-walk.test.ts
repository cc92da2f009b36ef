/** docs/connectors.md is followed line by line, in a copy of the project: its commands are run, its changes applied, and what it promises is there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const root = join(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'passerelle-walk-'))
after(() => rmSync(copy, { recursive: true, force: true }))

test('a newcomer who does what the page says has a connector that keeps the contract', () => {
  for (const part of [
    'core',
    'rules',
    'connectors',
    'server',
    'workers',
    'tests',
    'package.json',
    'tsconfig.json',
    '.oxfmtrc.json',
  ])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const steps = [...readFileSync(join(root, 'docs/connectors.md'), 'utf8').matchAll(/```(sh|diff)\n([^]*?)```/g)]

  const done = steps.map(([, kind, text = '']) => (kind === 'diff' ? apply(text) : text.trim().split('\n').map(run).join('\n')))

  assert.equal(steps.length, 4)
  assert.match(done[0] ?? '', /connectors\/time-clock\/index\.ts/)
  const form = execute(['--input-type=module', '--eval', asForm])
  assert.match(form, /"name":"site".*"fr":"Site"/)
})

const asForm = `
  import { connectors } from '#connectors/index.ts'
  import { toConnectorKind } from '#server/configuration/form.ts'
  console.log(JSON.stringify(toConnectorKind(connectors['time-clock'])))`

/** The commands of the page, without what npm does before: installing, and building the dashboard. */
function run(line: string): string {
  const [, cli, tested] = /^npm run cli -- (.+)$|^npm test -- ([\w-]+)$/.exec(line) ?? []
  if (cli !== undefined) return execute(['server/cli/main.ts', ...cli.split(' ')])
  if (tested !== undefined) return execute(['--test', `tests/contract/${tested}.contract.test.ts`])
  assert.equal(line, 'npm run check -- --stage types')
  return execute(['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'])
}

function execute(args: readonly string[]): string {
  const { NODE_TEST_CONTEXT: _inner, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env })
  assert.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

function apply(patch: string): string {
  const { status, stderr } = spawnSync('git', ['apply', '--unidiff-zero', '--recount', '-'], {
    cwd: copy,
    input: patch,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return patch
}
