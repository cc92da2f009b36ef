/** `connector new NAME`: a connector's folder, its contract test and its fixture, made from the sample that keeps the contract itself. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectorKinds } from '#connectors/known.ts'
import { wrongUsage } from './words.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const list = 'connectors/known.ts'
const usage = 'did you mean: npm run cli -- connector new time-clock'

export function connectorCommand([verb, name, ...more]: readonly string[]): boolean {
  if (verb !== 'new' || name === undefined || more.length > 0) throw wrongUsage(usage)
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40)
    throw wrongUsage('a connector’s name is made of small letters, digits and hyphens, 40 at most, such as time-clock')
  if (name === 'kit' || name === 'sample' || connectorKinds.includes(name) || existsSync(join(root, 'connectors', name)))
    throw wrongUsage(`there is something named ${name} in connectors/ already: choose another name`)
  const made = filesOf(name)
  mkdirSync(join(root, 'connectors', name))
  for (const [path, text] of made) writeFileSync(join(root, path), text)
  enlist(name)
  format(made.map(([path]) => path))
  console.log(`Made ${made.map(([path]) => path).join(', ')}, and an entry in ${list}.

It speaks to a small people's API of the tests, and keeps the contract: npm test -- ${name}
Go on as docs/connectors.md says: change one file after the other to what your system says, and keep the tests green.`)
  return true
}

function filesOf(name: string): readonly (readonly [string, string])[] {
  const sample = 'connectors/kit/sample'
  const texts = readdirSync(join(root, sample)).map((file) => [`${sample}/${file}`, `connectors/${name}/${file}`] as const)
  const tests = ['sample-fixture.ts', 'sample.contract.test.ts'].map(
    (file) => [`tests/contract/${file}`, `tests/contract/${file.replace('sample', name)}`] as const,
  )
  return [...texts, ...tests].map(([from, to]) => [to, renamed(readFileSync(join(root, from), 'utf8'), name)])
}

/** `sample` in all its spellings. `sample(n)` of a fixture is a person, and stays. */
function renamed(text: string, name: string): string {
  const words = name.split('-').map((word) => word[0]?.toUpperCase() + word.slice(1))
  const pascal = words.join('')
  const camel = pascal[0]?.toLowerCase() + pascal.slice(1)
  return text
    .replace(/ `connector new` copies this folder: [^*\n]*(?= \*\/)/, '')
    .replaceAll('connectors/kit/sample', `connectors/${name}`)
    .replaceAll(/SAMPLE(?=_)/g, name.replaceAll('-', '_').toUpperCase())
    .replaceAll(/\bSample(?![A-Za-z])/g, words.join(' '))
    .replaceAll(/Sample(?=[A-Z])|(?<=[a-z])Sample\b/g, pascal)
    .replaceAll(/\bsample(?=[A-Z])/g, camel)
    .replaceAll(/(?<=\{ |connector: |const )sample\b(?!\(|\n)/g, camel)
    .replaceAll(/\bsample\b(?!\()/g, name)
}

/** A longer name breaks lines elsewhere; where the formatter is not installed, `npm run check` says so later. */
function format(paths: readonly string[]): void {
  const formatter = join(root, 'node_modules/.bin/oxfmt')
  if (existsSync(formatter)) spawnSync(formatter, [...paths], { cwd: root })
}

/** Beside the others, in the order of the alphabet. */
function enlist(name: string): void {
  const file = join(root, list)
  const text = readFileSync(file, 'utf8')
  const identifier = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const key = identifier === name ? name : `'${name}'`
  const entry = `  ${key}: async () => (await import('./${name}/index.ts')).${identifier},`
  const lines = text.split('\n')
  const entries = lines.flatMap((line, index) => (line.includes('=> (await import(') ? [index] : []))
  const nameOf = (index: number) => /import\('\.\/([\w-]+)\//.exec(lines[index] ?? '')?.[1] ?? ''
  const before = entries.find((index) => nameOf(index) > name) ?? (entries.at(-1) ?? 0) + 1
  writeFileSync(file, lines.toSpliced(before, 0, entry).join('\n'))
}
