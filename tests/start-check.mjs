/**
 * The README's promise, kept as a newcomer would try it: `npm start` in an empty home folder, the printed curl pasted, `npm run demo`,
 * stop, start again. Every process that was started must be gone after each stop.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const firstStartSeconds = 600 // packages are fetched and the dashboard is built
const nextStartSeconds = 10 // promised

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-start-'))
  const port = await freePort()
  const env = startEnvironment(folder, port)
  try {
    await firstRun(env, port)
    await nextRun(env, port, 'SIGINT')
    await nextRun(env, port, 'SIGKILL')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstRun(env, port) {
  const gateway = start(env)
  try {
    say('ready', await ready(gateway, port, firstStartSeconds))
    const curl = printedCurl(gateway.output())
    say('the pasted curl', paste(curl, env))
    say('npm run demo', demo(env))
  } catch (error) {
    throw new Error(`${error.message}\n\nnpm start said:\n${gateway.output()}`, { cause: error })
  } finally {
    await stop(gateway, 'SIGTERM')
  }
  say('stopped by SIGTERM, nothing left running')
}

/** Killed without a word, npm can tell nobody: what it started must notice. */
async function nextRun(env, port, signal) {
  const gateway = start(env)
  try {
    say('ready again', await ready(gateway, port, nextStartSeconds))
  } catch (error) {
    throw new Error(`${error.message}\n\nThe next npm start said:\n${gateway.output()}`, { cause: error })
  } finally {
    await stop(gateway, signal)
  }
  say(`stopped by ${signal}, nothing left running`)
}

/** An environment with nothing of the developer's own in it. */
function startEnvironment(folder, port) {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|LANG|LC_.*|TZ|TMPDIR|CI|.*_proxy|.*_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_.*|npm_config_.*)$/.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.startsWith(join(root, 'node_modules')))
  // An empty variable counts as absent, and keeps a developer's .env out.
  const ownSettings = [
    'DATABASE_URL',
    'REDIS_URL',
    'PASSERELLE_CONFIG',
    'PASSERELLE_KEY',
    'ADMIN_PASSWORD',
    'PUBLIC_URL',
    'LOG_LEVEL',
  ]
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(
      ownSettings.flatMap((name) => [
        [name, ''],
        [`${name}_FILE`, ''],
      ]),
    ),
    PATH: path.join(delimiter),
    HOME: folder,
    PASSERELLE_DATA: join(folder, 'data'),
    HOST: '127.0.0.1',
    PORT: String(port),
  }
}

function start(env) {
  const npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = new Promise((resolve) => npm.once('exit', (code, signal) => resolve(code ?? signal)))
  return { npm, ended, output: () => output }
}

async function ready({ npm, ended, output }, port, seconds) {
  const begin = performance.now()
  const end = { came: false, with: '' }
  void ended.then((code) => Object.assign(end, { came: true, with: String(code) }))
  while (performance.now() - begin < seconds * 1_000) {
    if (end.came) throw new Error(`npm start ended with ${end.with} before it was ready`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
    // It answers a moment before its workers are all there, and then says what to do next.
    if (answer?.status === 200 && output().includes('Passerelle is ready'))
      return `${((performance.now() - begin) / 1_000).toFixed(1)} s`
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`not ready after ${seconds} s (process ${npm.pid})`)
}

function printedCurl(output) {
  // eslint-disable-next-line no-control-regex -- colours are for terminals
  const lines = output.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n')
  const line = lines.map((text) => text.trim()).find((text) => text.startsWith('curl '))
  if (line === undefined) throw new Error('npm start printed no line that begins with "curl "')
  return line
}

function paste(line, env) {
  const done = spawnSync('sh', ['-c', line], { env, encoding: 'utf8', timeout: 60_000 })
  if (done.status !== 0) throw new Error(`the printed curl ended with ${done.status ?? done.signal}: ${done.stderr}`)
  const state = /"state"\s*:\s*"([a-z_]+)"/.exec(done.stdout)?.[1]
  if (state !== 'succeeded') throw new Error(`the printed curl answered the state ${state ?? 'nothing'}:\n${done.stdout}`)
  return state
}

function demo(env) {
  const begin = performance.now()
  const done = spawnSync('npm', ['run', 'demo'], { cwd: root, env, encoding: 'utf8', timeout: 180_000 })
  if (done.status !== 0) throw new Error(`npm run demo ended with ${done.status ?? done.signal}:\n${done.stdout}${done.stderr}`)
  return `${((performance.now() - begin) / 1_000).toFixed(1)} s`
}

/** Sends the signal to npm alone, as a supervisor would, and waits until everything below it is gone. */
async function stop({ npm, ended }, signal) {
  const family = [...descendants(npm.pid), ...processes().filter(({ pid }) => pid === npm.pid)]
  npm.kill(signal)
  const patience = setTimeout(() => npm.kill('SIGKILL'), 30_000)
  await ended
  clearTimeout(patience)
  for (let tries = 0; tries < 100 && survivors(family).length > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100))
  const left = survivors(family)
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0)
    throw new Error(`still running after ${signal}: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`)
}

function survivors(family) {
  const alive = new Set(processes().map(({ pid, born }) => `${pid} ${born}`))
  return family.filter(({ pid, born }) => alive.has(`${pid} ${born}`))
}

function descendants(ancestor) {
  const all = processes()
  const found = []
  for (const parents = [ancestor]; parents.length > 0;) {
    const parent = parents.shift()
    const children = all.filter(({ parent: of }) => of === parent)
    found.push(...children)
    parents.push(...children.map(({ pid }) => pid))
  }
  return found
}

/** Every process of this machine (Linux): its id, its parent's, and when it was born, because ids are used again. */
function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const text = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
        if (state === 'Z') return []
        return [
          {
            pid: Number(name),
            parent: Number(parent),
            born: rest[17],
            command: text.slice(text.indexOf('('), text.lastIndexOf(')') + 1),
          },
        ]
      } catch {
        return [] // it ended while we looked
      }
    })
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

function say(what, detail = '') {
  console.log(`✓ ${what}${detail && `: ${detail}`}`)
}

try {
  await main()
} catch (error) {
  console.error(`✕ ${error.message}`)
  process.exitCode = 1
}
