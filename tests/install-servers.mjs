/**
 * The servers that tests run against are real. Whatever of them this machine lacks is installed from the packages of Debian or Ubuntu
 * (as root), or else the run ends with the command to type: a test is never skipped because its server is not there.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isUbuntu } from './install-browser.mjs'

/** Any one of the programs will do. Units are what the package would start at boot; tests start their own servers instead. */
const servers = [
  { package: 'postgresql', programs: ['postgres'], folders: () => versions('/usr/lib/postgresql'), units: ['postgresql'] },
  { package: 'mariadb-server', programs: ['mariadbd'], units: ['mariadb'] },
  { package: 'slapd', programs: ['slapd'], units: ['slapd'] },
  { package: 'openssl', programs: ['openssl'], units: [] },
  { package: 'redis-server', programs: ['redis-server'], units: ['redis-server'] },
  { package: 'redis-tools', programs: ['redis-cli'], units: [] },
  // A clock that is wrong, and a network that loses packets.
  { package: 'faketime', programs: ['faketime'], units: [] },
  { package: 'iptables', programs: ['iptables'], units: [] },
  { package: 'iproute2', programs: ['ip'], units: [] },
  ...(isUbuntu
    ? // Its Chromium is not a package but a snap; the one of install-browser.mjs needs these two.
      [library('libnss3', 'libnss3.so'), library('libexpat1', 'libexpat.so.1')]
    : [{ package: 'chromium', programs: ['chromium', 'google-chrome', 'google-chrome-stable'], units: [] }]),
]

/** @returns {string[]} the Debian packages whose programs are not on this machine */
export function missingPackages(path = process.env.PATH ?? '', wanted = servers) {
  const everywhere = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter((folder) => folder !== '')
  const isThere = ({ programs, folders = () => [] }) =>
    programs.some((program) => [...folders(), ...everywhere].some((folder) => isThereToUse(join(folder, program))))
  return wanted.filter((server) => !isThere(server)).map((server) => server.package)
}

/**
 * Installs what is missing of the servers; does nothing when all is there.
 * @param {{ path?: string, isRoot?: boolean }} [options]
 * @throws {Error} with the command that a person must run, when this process cannot
 */
export const ensureServers = (options) => ensurePackages(servers, options)

/** The same for other programs: `{ package, programs, units }`. */
export function ensurePackages(wanted, { path, isRoot = process.getuid?.() === 0 } = {}) {
  const missing = missingPackages(path, wanted)
  if (missing.length === 0) return
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${missing.join(' ')}`
  const cannot = whyNot(isRoot)
  if (cannot !== null)
    throw new Error(
      `The tests need servers that are not installed (${cannot}). Install them with:\n\n    sudo sh -c '${command}'\n`,
    )
  console.error(`Installing test servers: ${missing.join(' ')}`)
  withoutStartingDaemons(() => {
    if (!listsArePresent() || !install(missing)) {
      apt(['update'])
      if (!install(missing)) throw new Error(`The test servers could not be installed. Try it by hand:\n\n    ${command}\n`)
    }
  })
  disableAtBoot(missing, wanted)
  const still = missingPackages(undefined, wanted)
  if (still.length > 0) throw new Error(`Installed, but without the programs that the tests start: ${still.join(' ')}`)
}

function whyNot(isRoot) {
  const release = readOr('/etc/os-release')
  if (!/^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release))
    return 'this system is neither Debian nor Ubuntu, so the names of the packages may differ'
  if (!isRoot) return 'only root may install them'
  return null
}

const install = (packages) => apt(['install', '--yes', '--no-install-recommends', ...packages])

function apt(parameters) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', DEBCONF_NONINTERACTIVE_SEEN: 'true' }
  return (
    spawnSync('apt-get', ['--quiet', '-o', 'DPkg::Lock::Timeout=300', ...parameters], { env, stdio: ['ignore', 2, 2] }).status ===
    0
  )
}

/** Debian's packages start their server on installation, unless policy-rc.d forbids it. */
function withoutStartingDaemons(work) {
  const policy = '/usr/sbin/policy-rc.d'
  const alreadyRuled = existsSync(policy)
  if (!alreadyRuled) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  // An image without manual pages lacks the folders that some packages link into.
  mkdirSync('/usr/share/man/man1', { recursive: true })
  try {
    work()
  } finally {
    if (!alreadyRuled) rmSync(policy)
  }
}

/** On a machine that boots with systemd, the servers that we brought stay off after the next boot too. */
function disableAtBoot(packages, wanted) {
  if (!existsSync('/run/systemd/system')) return
  const units = wanted.filter((server) => packages.includes(server.package)).flatMap((server) => server.units)
  if (units.length > 0) spawnSync('systemctl', ['disable', '--quiet', ...units], { stdio: 'ignore' })
}

function listsArePresent() {
  return existsSync('/var/lib/apt/lists') && readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'))
}

function library(name, file) {
  return {
    package: name,
    programs: [file],
    folders: () => ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'],
    units: [],
  }
}

function versions(folder) {
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : []
}

function isThereToUse(file) {
  try {
    accessSync(file, /\.(so|py|ldif)/.test(file) ? constants.R_OK : constants.X_OK)
    return true
  } catch {
    return false
  }
}

function readOr(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    ensureServers()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
