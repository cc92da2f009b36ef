/** What the documents say about the repository, where a machine can tell whether it is true. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { mutations } from './faults/mutations.ts'

const root = dirname(import.meta.dirname)
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

test('every direct dependency has its line in docs/dependencies.md, and no line is left over', () => {
  const direct = ['package.json', 'dashboard/package.json'].flatMap(directDependencies)

  const described = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)`.*?\|(.*)\|$/gm)]

  assert.deepEqual(new Set(described.map(([, name]) => name)), new Set(direct))
  for (const [line, , cells] of described)
    assert.ok(
      (cells ?? '').split('|').every((cell) => cell.trim() !== ''),
      line,
    )
})

test('links between the documents lead somewhere', () => {
  const documents = markdownFiles(root)

  const broken = documents.flatMap((file) => {
    const targets = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target ?? '')
    const missing = targets.filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)))
    return missing.map((target) => `${relative(root, file)} → ${target}`)
  })

  assert.deepEqual(broken, [])
})

test('a test that a document names exists', () => {
  const folders = ['', 'tests', 'tests/faults', 'rules/sandbox']
  const isThere = (name: string) => folders.some((folder) => globSync(name, { cwd: join(root, folder) }).length > 0)

  const missing = markdownFiles(root).flatMap((file) => {
    const named = [...readFileSync(file, 'utf8').matchAll(/`([\w./*-]+\.test\.ts)`/g)].map(([, name]) => name ?? '')
    return named.filter((name) => !isThere(name)).map((name) => `${relative(root, file)}: ${name}`)
  })

  assert.deepEqual(missing, [])
})

test('every connector says what rights it needs, what it can undo, where its limits are, and how it is tested', () => {
  const headings = ['## Rights', '## Operations and their undo', '## Limits', '## How to test']
  const folders = readdirSync(join(root, 'connectors'), { withFileTypes: true })

  for (const { name } of folders.filter((entry) => entry.isDirectory() && entry.name !== 'kit')) {
    const lines = read(`connectors/${name}/README.md`).split('\n')
    assert.deepEqual([name, lines.filter((line) => headings.includes(line)).toSorted()], [name, headings.toSorted()])
  }
})

test('every guard that is taken out is in the table of docs/reliability.md, and no row is left over', () => {
  const rows = [...read('docs/reliability.md').matchAll(/^\| (.+?) \| `([\w./-]+)` \| `([\w./-]+\.test\.ts)` \|$/gm)]
  const described = rows.map(([, guard, file, missedBy]) => `${guard} ${file} ${missedBy}`)

  const taken = mutations.map(
    ({ guard, file, test: { file: missedBy } }) => `${guard} ${file} ${missedBy.replace(/^tests\//, '')}`,
  )

  assert.deepEqual(described.toSorted(), taken.toSorted())
})

test('every decision says when to revisit it and is listed', () => {
  const list = read('docs/decisions/README.md')
  const decisions = readdirSync(join(root, 'docs/decisions')).filter((file) => /^\d{3}-/.test(file))

  const silent = decisions.filter(
    (file) => !read(`docs/decisions/${file}`).includes('**When to revisit.**') || !list.includes(file),
  )

  assert.deepEqual(silent, [])
  assert.ok(decisions.length > 0)
})

test('.env.example names every variable that the settings read', () => {
  const schema = /const Settings = v\.object\(\{(.*?)\n\}\)/s.exec(read('core/environment.ts'))?.[1] ?? ''
  const variables = [...schema.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? '')

  const example = read('.env.example')

  // Only tests crash a process on purpose.
  const unknown = variables.filter((name) => name !== 'CRASH_AT' && !new RegExp(`^#?${name}=`, 'm').test(example))
  assert.deepEqual(unknown, [])
  assert.ok(variables.length > 5)
})

function directDependencies(file: string): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>
  return Object.keys({ ...dependencies, ...devDependencies })
}

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'build' && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? markdownFiles(path) : entry.name.endsWith('.md') ? [path] : []
    })
}
