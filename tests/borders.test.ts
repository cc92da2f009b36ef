/**
 * The borders between the parts are lint rules, and a lint rule can be wrong without anybody noticing: each border is crossed here
 * once, in a copy of the folders, with the very configuration that `npm run check` uses.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = dirname(import.meta.dirname)

/** Where, what is imported: what the lint must refuse. */
const forbidden: readonly (readonly [file: string, imported: string])[] = [
  ['core/a.ts', '#rules/planner.ts'],
  ['core/a.ts', '../rules/planner.ts'],
  ['core/a.ts', '#server/app.ts'],
  ['core/a.ts', '../workers/apply.ts'],
  ['core/a.ts', '#connectors/kit/connector.ts'],
  ['core/deep/a.ts', '../../connectors/ldap/index.ts'],
  ['core/a.ts', 'ldapts'],
  ['core/a.ts', 'axios'],
  ['connectors/ldap/a.ts', 'axios'],
  ['server/a.ts', 'axios'],
  ['core/a.test.ts', '#tests/harness/postgres.ts'],
  ['rules/a.ts', '#connectors/ldap/index.ts'],
  ['rules/a.ts', '../server/app.ts'],
  ['rules/a.ts', '#workers/apply.ts'],
  ['rules/a.ts', 'mysql2/promise'],
  ['search/a.ts', '#rules/planner.ts'],
  ['search/a.ts', '../server/app.ts'],
  ['assistant/a.ts', '#search/index.ts'],
  ['assistant/a.ts', '../connectors/ldap/index.ts'],
  ['connectors/index.ts', '#server/app.ts'],
  ['connectors/kit/a.ts', '#connectors/ldap/index.ts'],
  ['connectors/kit/a.ts', '../ldap/index.ts'],
  ['connectors/kit/a.ts', '../index.ts'],
  ['connectors/kit/a.ts', '#rules/planner.ts'],
  ['connectors/kit/a.ts', 'ldapts'],
  ['connectors/kit/ldap/a.ts', '#connectors/ldap/index.ts'],
  ['connectors/kit/ldap/a.ts', 'mysql2'],
  ['connectors/ldap/a.ts', '#connectors/sql/index.ts'],
  ['connectors/ldap/a.ts', '../sql/index.ts'],
  ['connectors/ldap/a.ts', '../index.ts'],
  ['connectors/ldap/deep/a.ts', '../../sql/index.ts'],
  ['connectors/ldap/deep/a.ts', '#connectors/sql/index.ts'],
  ['connectors/ldap/a.ts', '#rules/planner.ts'],
  ['connectors/ldap/a.ts', '../../server/app.ts'],
  ['server/a.ts', '#workers/apply.ts'],
  ['server/api/a.ts', '../../workers/apply.ts'],
  ['server/a.ts', '#tests/harness/postgres.ts'],
  ['server/a.ts', 'ldapts'],
  ['workers/a.ts', '#server/app.ts'],
  ['workers/a.ts', '../server/app.ts'],
  ['workers/a.ts', '../tests/harness/postgres.ts'],
  ['dashboard/src/lib/a.ts', '../../../core/plan.ts'],
  ['dashboard/src/lib/a.ts', '../../../server/app.ts'],
  ['dashboard/src/lib/a.ts', '../../../server/api/targets.ts'],
  ['dashboard/src/lib/a.ts', '../../../server/api/types.ts'],
  ['dashboard/src/lib/a.svelte', '../../../core/plan.ts'],
]

const allowed: readonly (readonly [file: string, imported: string])[] = [
  ['core/a.ts', 'node:fs'],
  ['core/a.ts', 'pg'],
  ['core/egress.ts', 'axios'],
  ['core/deep/a.ts', '../plan.ts'],
  ['rules/a.ts', '#core/plan.ts'],
  ['search/a.ts', '#core/plan.ts'],
  ['assistant/a.ts', '#rules/planner.ts'],
  ['connectors/index.ts', './ldap/index.ts'],
  ['connectors/kit/a.ts', '#core/plan.ts'],
  ['connectors/kit/a.ts', './connector.ts'],
  ['connectors/kit/ldap/a.ts', 'ldapts'],
  ['connectors/ldap/a.ts', '#connectors/kit/connector.ts'],
  ['connectors/ldap/a.ts', '../kit/connector.ts'],
  ['connectors/ldap/a.ts', '#core/plan.ts'],
  ['connectors/ldap/a.ts', 'ldapts'],
  ['connectors/ldap/deep/a.ts', '../config.ts'],
  ['connectors/ldap/deep/a.ts', '../../kit/connector.ts'],
  ['server/a.ts', '#connectors/index.ts'],
  ['server/a.ts', '#rules/planner.ts'],
  ['workers/a.ts', '#connectors/index.ts'],
  ['tests/flows/a.ts', '#server/app.ts'],
  ['tests/flows/a.ts', '#tests/harness/postgres.ts'],
]

test('an import across a border turns the lint red, whichever way it is written', async () => {
  await using copy = await openCopy()
  for (const [index, [file, imported]] of forbidden.entries()) await copy.write(numbered(file, index), imported)

  const red = await copy.lint()

  const missed = forbidden.filter(([file], index) => !red.get(numbered(file, index))?.includes('eslint(no-restricted-imports)'))
  assert.deepEqual(missed, [])
})

test('imports within the borders stay green', async () => {
  await using copy = await openCopy()
  for (const [index, [file, imported]] of allowed.entries()) await copy.write(numbered(file, index), imported)
  await copy.writeText(
    'dashboard/src/lib/types.ts',
    `import type { RequestView } from '../../../server/api/types.ts'\nexport type Row = RequestView\n`,
  )

  const red = await copy.lint()

  assert.deepEqual([...red], [])
})

test('two modules that import each other turn the lint red', async () => {
  await using copy = await openCopy()
  await copy.writeText('core/hen.ts', `import { egg } from '#core/egg.ts'\nexport const hen = (): unknown => egg\n`)
  await copy.writeText('core/egg.ts', `import { hen } from './hen.ts'\nexport const egg = (): unknown => hen\n`)

  const red = await copy.lint()

  assert.deepEqual([...red.keys()].sort(), ['core/egg.ts', 'core/hen.ts'])
  assert.deepEqual(new Set([...red.values()].flat()), new Set(['import(no-cycle)']))
})

/** `core/a.ts`, 3 → `core/a-3.ts`, `core/a.test.ts`, 3 → `core/a-3.test.ts`: one file per case. */
function numbered(file: string, index: number): string {
  return file.replace(/a(?=\.)/, `a-${index}`)
}

/** A folder with the project's lint configuration and nothing else. */
async function openCopy() {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-borders-'))
  await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'))
  const writeText = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return {
    writeText,
    async write(file: string, imported: string): Promise<void> {
      const code = `import { thing } from '${imported}'\nexport const used = (): unknown => thing\n`
      await writeText(file, file.endsWith('.svelte') ? `<script lang="ts">\n${code}</script>\n` : code)
    },
    /** The rules each file breaks; files without complaint are absent. */
    async lint(): Promise<Map<string, string[]>> {
      const output = await runOxlint(folder)
      const found = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] }
      const red = new Map<string, string[]>()
      for (const { code, filename } of found.diagnostics) red.set(filename, [...(red.get(filename) ?? []), code])
      return red
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await rm(folder, { recursive: true })
    },
  }
}

function runOxlint(folder: string): Promise<string> {
  const oxlint = join(root, 'node_modules', 'oxlint', 'bin', 'oxlint')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [oxlint, '--format=json', '.'], { cwd: folder }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout)
      else reject(new Error(`oxlint did not run: ${stderr || stdout}`, { cause: error }))
    })
  })
}
