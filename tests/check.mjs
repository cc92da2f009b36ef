/**
 * `npm run check`: everything that can be said about a change without a server, in about a minute. One line per stage, and the
 * output of a stage only when it is red. `npm run check -- --stage lint` runs one of them.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensureInstalled, nodeBinary, nodeEnvironment } from '../server/bootstrap.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const parts = ['core', 'rules', 'connectors', 'assistant', 'search', 'server', 'workers'].filter((part) =>
  existsSync(join(root, part)),
)
const tool = (name, script) => join(root, 'node_modules', name, script)

/** Each stage is a list of Node command lines, run one after the other. */
const stages = {
  types: [[tool('typescript', 'bin/tsc'), '--noEmit', '-p', '.']],
  dashboard: dashboardCommands(),
  lint: [
    [tool('oxlint', 'bin/oxlint'), '--type-aware', '--report-unused-disable-directives', '--deny-warnings', '--format=unix'],
  ],
  format: [[tool('oxfmt', 'bin/oxfmt'), '--check', '.']],
  borders: [['--test', 'tests/borders.test.ts']],
  'dead code': [[tool('knip', 'bin/knip.js'), '--no-progress']],
  containers: [
    [tool('dockerfilelint', 'bin/dockerfilelint'), 'Dockerfile'],
    [tool('dclint', 'bin/dclint.cjs'), 'docker-compose.yml', '--max-warnings=0'],
  ],
  generated: [['--test', 'tests/generated.test.ts']],
  docs: [['--test', 'tests/docs.test.ts']],
  unit: [['--test', '--test-timeout=30000', ...[...parts, 'dashboard/{src,messages}'].map((part) => `${part}/**/*.test.ts`)]],
}

/** svelte-check reads what `svelte-kit sync` generates from the routes. */
function dashboardCommands() {
  if (!existsSync(join(root, 'dashboard', 'src'))) return []
  const local = (name, script) => {
    const own = join(root, 'dashboard', 'node_modules', name, script)
    return existsSync(own) ? own : tool(name, script)
  }
  return [
    [local('@sveltejs/kit', 'svelte-kit.js'), 'sync'],
    [local('svelte-check', 'bin/svelte-check'), '--tsconfig=./tsconfig.json', '--fail-on-warnings', '--output=human'],
  ]
}

/** @returns {Promise<{ name: string, ok: boolean, seconds: string, output: string }>} */
async function runStage(name) {
  const start = performance.now()
  let output = ''
  let ok = true
  for (const command of stages[name]) {
    const done = await runNode(command, name === 'dashboard' ? join(root, 'dashboard') : root)
    output += done.output
    ok &&= done.code === 0
    if (!ok) break
  }
  return { name, ok, seconds: ((performance.now() - start) / 1_000).toFixed(1), output }
}

function runNode(command, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(nodeBinary(), command, {
      cwd,
      env: { ...nodeEnvironment(), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

/** Runs the stages on as many cores as there are; says them in the order of the list, each as soon as those before it are said. */
async function runAll(names) {
  const waiting = [...names]
  const done = new Map()
  let said = 0
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      done.set(name, await runStage(name))
      for (; said < names.length && done.has(names[said]); said++) say(done.get(names[said]))
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, Math.max(2, availableParallelism())) }, worker))
  return [...done.values()]
}

function say({ name, ok, seconds, output }) {
  console.log(`${ok ? '✓' : '✕'} ${name.padEnd(12)} ${seconds.padStart(5)} s`)
  if (ok) return
  // Of tests, what failed is told at the end; the list of what passed would bury it.
  const failures = output.indexOf('✖ failing tests:')
  console.log(`${output.slice(Math.max(0, failures)).trimEnd().replaceAll(/^/gm, '    ')}\n`)
}

const { values } = parseArgs({ options: { stage: { type: 'string', multiple: true } } })
const names = values.stage ?? Object.keys(stages).filter((name) => stages[name].length > 0)
const unknown = names.filter((name) => !(name in stages))
if (unknown.length > 0) {
  console.error(`No such stage: ${unknown.join(', ')}. There are: ${Object.keys(stages).join(', ')}`)
  process.exit(2)
}
ensureInstalled()
const start = performance.now()
const results = await runAll(names)
const red = results.filter(({ ok }) => !ok).map(({ name }) => name)
const total = ((performance.now() - start) / 1_000).toFixed(1)
console.log(red.length === 0 ? `npm run check: all green in ${total} s` : `npm run check: red in ${total} s: ${red.join(', ')}`)
process.exitCode = red.length === 0 ? 0 : 1
