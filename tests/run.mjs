/**
 * `npm test`: brings what the tests need (packages, servers, the dashboard), then runs every test file, those beside the code first.
 * `npm test -- ldap` runs the files whose path contains the word. A test that did not run is as red as one that failed.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDashboardBuilt, ensureInstalled, run } from '../server/bootstrap.mjs'
import { ensureBrowser } from './install-browser.mjs'
import { ensureServers } from './install-servers.mjs'
import { ensureOptional } from './optional-systems.mjs'
import { toPhases } from './phases.mjs'
import { openRunFolder, remove } from './run-folder.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const partsInOrder = ['core', 'rules', 'connectors', 'assistant', 'search', 'server', 'workers', 'dashboard', 'tests']

/** @returns {string[]} test files relative to the project, those beside the code before those that need servers */
function testFiles() {
  return partsInOrder.flatMap((part) => testFilesIn(join(root, part)).map((file) => relative(root, file)))
}

function testFilesIn(folder) {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return entries
    .filter(({ name }) => name !== 'node_modules' && name !== 'build' && !name.startsWith('.'))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return testFilesIn(path)
      return entry.name.endsWith('.test.ts') ? [path] : []
    })
}

/** Options of node (`--test-name-pattern=…`) pass on; other words choose files. */
async function main(parameters) {
  const options = parameters.filter((word) => word.startsWith('-'))
  const words = parameters.filter((word) => !word.startsWith('-'))
  const files = testFiles().filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  if (files.length === 0) throw new Error(`No test file has ${words.map((word) => `"${word}"`).join(' or ')} in its path.`)
  ensureInstalled()
  ensureServers()
  const optional = ensureOptional(files)
  ensureDashboardBuilt()
  process.env.CHROMIUM = ensureBrowser()
  const code = optional.files.length === 0 ? 1 : await runTests(optional.files, options)
  for (const sentence of optional.missing) console.log(`\n✖ ${sentence}`)
  return code
}

async function runTests(files, options) {
  const folder = openRunFolder()
  const summary = join(folder, 'summary.json')
  const watch = setInterval(endOverdue, 5_000)
  try {
    // The time of a file is that of the start of its servers too: Keycloak alone may take a minute.
    const work = { phases: toPhases(files), timeout: fileSeconds * 1_000, options, summary }
    const code = await run(['tests/runner.mjs', JSON.stringify(work)], { env: { ...process.env, TMPDIR: folder } })
    const told = read(summary)
    if (told === '') throw new Error(`The test run ended with ${code} before it could count its tests.`)
    return conclude(code, JSON.parse(told), files.length)
  } finally {
    clearInterval(watch)
    remove(folder)
  }
}

const fileSeconds = 300

/**
 * Node's own time limit fails the tests of a file and then waits for its process as long as that lives. One that cannot end, because
 * something it opened is still open, would hold up the run for ever: it is killed, and its file is red.
 */
function endOverdue() {
  for (const file of childrenOf(process.pid).flatMap(childrenOf)) {
    if (Date.now() - startOf(file) < (fileSeconds + 30) * 1_000) continue
    console.error(`Killed, because it did not end within ${fileSeconds} s: ${commandOf(file)}`)
    process.kill(file, 'SIGKILL')
  }
}

const childrenOf = (pid) => read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
const commandOf = (pid) => read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean).at(-1)
const startOf = (pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.ctimeMs ?? Date.now()

/** Empty when the process has ended meanwhile, where there is no /proc, and where a run was stopped before it said anything. */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function conclude(code, { counts, files: times, notRun }, files) {
  if (counts === null) throw new Error(`The test run ended with ${code} before it could count its tests.`)
  const slowest = times.toSorted((left, right) => right.seconds - left.seconds).slice(0, slowFilesTold)
  if (files > slowFilesTold) console.log(`The slowest files:\n${slowest.map(timeOfFile).join('\n')}`)
  for (const name of notRun) console.log(`✖ did not run: ${name}`)
  const { tests, passed, failed, cancelled } = counts
  const skipped = (counts.skipped ?? 0) + (counts.todo ?? 0)
  console.log(`npm test: ${tests} tests in ${files} files: ${passed} passed, ${failed + cancelled} failed, ${skipped} not run`)
  if (code !== 0) return code
  return passed === tests && tests > 0 ? 0 : 1
}

const slowFilesTold = 15
const timeOfFile = ({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${relative(root, file)}`

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
