/**
 * A Chromium for the tests of the dashboard. Debian has a package of it. Ubuntu's is a snap, which runs in no container, so there it comes
 * from npm, as a headless build that needs little of the system; it is kept under .passerelle/, because only tests use it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from '../server/bootstrap.mjs'

const packaged = '@sparticuz/chromium@153.0.0'
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.passerelle', 'browser')
const installed = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

export const isUbuntu = existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'))

/**
 * The path of a Chromium that runs here: `CHROMIUM` where it is set, an installed one, or the one from npm.
 * @throws {Error} with what npm said
 */
export function ensureBrowser({ candidates = installed } = {}) {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  return candidates.find((path) => existsSync(path)) ?? fetched()
}

function fetched() {
  const binary = join(folder, 'chromium')
  if (existsSync(binary)) return binary
  console.error('Fetching a Chromium for the tests of the dashboard…')
  mkdirSync(folder, { recursive: true })
  must('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', packaged])
  // It unpacks itself into the folder for temporary files.
  const unpack = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"
  must(nodeBinary(), ['--input-type=module', '--eval', unpack])
  if (!existsSync(binary)) throw new Error(`${packaged} unpacked no Chromium; install one yourself and set CHROMIUM to its path`)
  return binary
}

function must(command, parameters) {
  const done = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8', env: { ...process.env, TMPDIR: folder } })
  if (done.status !== 0)
    throw new Error(`${command} ${parameters[0]} failed while fetching Chromium: ${done.error?.message ?? done.stderr}`)
}
