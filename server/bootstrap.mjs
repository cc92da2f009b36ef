/**
 * What must be true before any TypeScript of this repository can run: the packages are installed, a Node that strips types is at
 * hand, and the dashboard is built. Plain JavaScript for Node ≥ 20 without dependencies, because on a fresh machine nothing else is there.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const marker = join(modules, '.passerelle-installed')
/** Types are stripped, and code compiled, once for all processes: a third of what it takes to start one. */
const compileCache = join(modules, '.cache', 'passerelle')
/** The first whose permission model has a network switch, on which the rule sandbox insists. */
const neededMajor = 25

/**
 * Installs the packages when they are missing or older than package-lock.json; does nothing (in some milliseconds) otherwise.
 * The dashboard is built on the spot, so development packages are installed too, unless `production` says that it is built already.
 * @param {{ production?: boolean }} [options]
 * @throws {Error} when npm is missing or fails
 */
export function ensureInstalled({ production = false } = {}) {
  const wanted = installationHash()
  if (isInstalled(wanted, production)) return
  withLock('install', () => {
    if (isInstalled(wanted, production)) return
    if (!installedMatchesLock(production)) {
      console.error('Installing packages with npm…')
      const verb = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install'
      npm([verb, '--no-audit', '--no-fund', '--loglevel=error', production ? '--omit=dev' : '--include=dev'])
    }
    writeFileSync(marker, `${production ? 'production' : 'all'} ${wanted}\n`)
  })
}

/**
 * The Node that runs the TypeScript: the present one where it is new enough, else the one npm installed.
 * @returns {string} an absolute path
 * @throws {Error} when neither is there, with the command that helps
 */
export function nodeBinary() {
  if (major(process.version) >= neededMajor) return process.execPath
  const brought = join(modules, 'node', 'bin', 'node')
  if (answers(brought)) return brought
  return withLock('install', () => {
    // npm ≥ 12, or `ignore-scripts` in someone's npmrc, may have skipped the script that fetches the binary.
    if (!answers(brought) && existsSync(join(modules, 'node', 'installArchSpecificPackage.js'))) {
      console.error(`Node ${process.version} is older than ${neededMajor}: fetching a newer one from the npm registry…`)
      spawnSync('node', ['installArchSpecificPackage'], {
        cwd: join(modules, 'node'),
        env: outsideEnvironment(),
        stdio: 'inherit',
      })
    }
    if (answers(brought)) return brought
    throw new Error(
      `Passerelle needs Node ${neededMajor} or newer and found ${process.version}; the npm package "node" that brings one is not usable here ` +
        `(${process.platform}-${process.arch}). Install Node ${neededMajor}+ yourself, or run: npm rebuild node --foreground-scripts`,
    )
  })
}

/**
 * Builds the dashboard when its sources differ from those of the last build.
 * @throws {Error} when the build fails
 */
export function ensureDashboardBuilt() {
  const home = join(root, 'dashboard')
  if (!existsSync(join(home, 'src'))) return // an image ships the build without its sources
  const wanted = dashboardHash(home)
  const stamp = join(home, 'build', '.source-hash')
  const isBuilt = () => readOr(stamp, '').trim() === wanted
  if (isBuilt()) return
  withLock('dashboard', () => {
    if (isBuilt()) return
    console.error('Building the dashboard…')
    rmSync(stamp, { force: true })
    npm(['run', 'build', '--silent', '--workspace=dashboard'], nodeEnvironment(), 'pipe')
    writeFileSync(stamp, `${wanted}\n`)
  })
}

/**
 * Runs Node with these arguments and resolves with its exit code (128 + signal number when a signal ended it, as a shell says it).
 * Signals sent to us reach it once; when npm above us is killed, it is asked to stop. It can see us vanish as `disconnect`: see `stopWithParent`.
 * @param {readonly string[]} nodeArgs
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(nodeArgs, options = {}) {
  const child = spawn(nodeBinary(), nodeArgs, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    ...options,
    env: nodeEnvironment(options.env),
  })
  const stopForwarding = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      stopForwarding()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      stopForwarding()
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
    })
  })
}

/**
 * For the process that `run` started: ends it in the ordinary way (SIGTERM to itself) when the process above it was killed without a word.
 */
export function stopWithParent() {
  if (process.channel === undefined) return
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

/** The environment in which `node`, also from within npm scripts, is the one of `nodeBinary`. */
export function nodeEnvironment(env = process.env) {
  return { NODE_COMPILE_CACHE: compileCache, ...env, PATH: [dirname(nodeBinary()), env.PATH ?? ''].join(delimiter) }
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  const forwarded = new Map()
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole foreground group, and npm sends it again: the child must hear it once.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    if (Date.now() - (forwarded.get(signal) ?? 0) < 1_000) return
    forwarded.set(signal, Date.now())
    child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  // Under npm our parent is npm's shell: when it dies by SIGKILL we are handed to another parent and nobody will stop us any more.
  const parent = process.ppid
  const watch = process.env.npm_lifecycle_event
    ? setInterval(() => {
        if (process.ppid !== parent) forward('SIGTERM')
      }, 1_000).unref()
    : undefined
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, forward)
  }
}

/** Runs npm in the project; its output is shown as it comes, or (`pipe`) only when it fails. */
function npm(args, env = outsideEnvironment(), stdio = 'inherit') {
  const done = spawnSync('npm', args, {
    cwd: root,
    env,
    stdio: ['ignore', stdio, stdio],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (done.error?.code === 'ENOENT')
    throw new Error('npm was not found in PATH: install it (on Debian or Ubuntu: apt-get install npm)')
  if (done.error) throw done.error
  if (done.status !== 0)
    throw new Error(`npm ${args.join(' ')} ended with ${done.status ?? done.signal}\n${done.stdout ?? ''}${done.stderr ?? ''}`)
}

/** Our environment without node_modules/.bin in PATH: `npm ci` removes the Node that lives there while it still needs one. */
function outsideEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(modules))
  return { ...process.env, PATH: path.join(delimiter) }
}

function isInstalled(wanted, production) {
  const [mode, hash] = readOr(marker, '').trim().split(' ')
  return hash === wanted && (mode === 'all' || production)
}

/** True when somebody has already run npm here and it left exactly what package-lock.json asks for. */
function installedMatchesLock(production) {
  const lock = JSON.parse(readOr(join(root, 'package-lock.json'), 'null'))
  const installed = JSON.parse(readOr(join(modules, '.package-lock.json'), 'null'))
  if (lock === null || installed === null) return false
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/') || wanted.link) return true
    const found = installed.packages[path]
    if (found === undefined) return Boolean(wanted.optional || wanted.devOptional || wanted.peer || (production && wanted.dev))
    return found.version === wanted.version
  })
}

function installationHash() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of ['package-lock.json', 'package.json', 'dashboard/package.json']) hash.update(readOr(join(root, file), ''))
  return hash.digest('hex')
}

function dashboardHash(home) {
  const hash = createHash('sha256').update(installationHash())
  const settings = readdirSync(home).filter((name) => /\.(json|[cm]?[jt]s)$/.test(name))
  for (const entry of [...settings, 'src', 'static', 'messages'].sort()) {
    for (const file of filesIn(join(home, entry)))
      hash
        .update(`${relative(home, file)}\0`)
        .update(readFileSync(file))
        .update('\0')
  }
  return hash.digest('hex')
}

/** @returns {string[]} the file itself, or every file below the folder, in a stable order */
function filesIn(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
  return names.map((name) => join(path, name)).filter((file) => statSync(file).isFile())
}

/**
 * Two commands at once (a start and a test, say) must not install over each other. A folder is made atomically everywhere;
 * the process id in it tells a lock in use from one left by a process that was killed.
 */
function withLock(name, work) {
  const lock = join(root, '.passerelle', `${name}.lock`)
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
  for (let told = false; !tookLock(lock); pause(200)) {
    if (!told) console.error(`Another Passerelle command is at work here (${name}); waiting for it…`)
    told = true
  }
  try {
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function tookLock(lock) {
  try {
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAbandoned(lock)) sweep(lock)
    return false
  }
}

/** Moves the lock aside before removing it, and back if another waiter was faster and it is a living one by now. */
function sweep(lock) {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (isAbandoned(aside)) rmSync(aside, { recursive: true, force: true })
  else renameSync(aside, lock)
}

function isAbandoned(lock) {
  const pid = Number(readOr(join(lock, 'pid'), ''))
  if (!pid) return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 5_000 // made, its owner not yet written
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function answers(binary) {
  if (!existsSync(binary)) return false
  const said = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  return said.status === 0 && major(said.stdout) >= neededMajor
}

function major(version) {
  return Number(/^v(\d+)/.exec(version)?.[1] ?? 0)
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise
    throw error
  }
}
