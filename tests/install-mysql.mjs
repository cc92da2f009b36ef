/**
 * The real MySQL for tests. Debian has it in its unstable suite alone, and beside MariaDB it could not be installed: it is unpacked, with all the
 * libraries that it wants down to the C library, into a folder outside the clone that all runs share, and started by that library's own loader.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { aptOfSuite } from './debian-suite.mjs'
import { keptFolder } from './kept-folder.mjs'

/** What the server's package names and its program does not load. */
const leftOut = /^(perl|libperl|libc-gconv)/
/** What the packages hold beside the server and its libraries, a third of everything. */
const unused = ['bin', 'share/doc', 'share/locale', 'share/man']

/**
 * @returns {string} the folder of a MySQL that starts
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureMysql() {
  const recipe = createHash('sha256')
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex')
    .slice(0, 8)
  return keptFolder(`mysql-${recipe}`, 'Fetching MySQL', (made, beside) => {
    for (const file of download(join(beside, 'apt'))) run('dpkg-deb', ['--extract', file, made])
    for (const name of unused) rmSync(join(made, 'usr', name), { recursive: true, force: true })
    const [program, ...parameters] = programOfMysql(made)
    run(program, [...parameters, '--no-defaults', '--version'])
  })
}

/** @returns {readonly string[]} what starts the server that is unpacked in the folder */
export function programOfMysql(home) {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const libraries = join(home, 'usr', 'lib', `${machine}-linux-gnu`)
  const loader = join(libraries, machine === 'aarch64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2')
  return [loader, '--library-path', libraries, join(home, 'usr', 'sbin', 'mysqld')]
}

/** @returns {string[]} the files of the packages */
function download(folder) {
  const own = aptOfSuite('sid', folder)
  run('apt-get', [...own, 'update'])
  // As on a machine where nothing is installed: every library comes along.
  const status = join(folder, 'status')
  writeFileSync(status, '')
  const wanted = ['--yes', '--no-install-recommends', '--download-only', 'install', 'mysql-server-core']
  run('apt-get', [...own, '-o', `Dir::State::status=${status}`, '-o', 'Debug::NoLocking=true', ...wanted])
  const archives = join(folder, 'cache', 'archives')
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb') && !leftOut.test(name))
    .map((name) => join(archives, name))
}

function run(program, parameters) {
  const { status } = spawnSync(program, parameters, { stdio: ['ignore', 2, 2] })
  if (status === 0) return
  throw new Error(
    `MySQL could not be had: ${program} ${parameters.slice(0, 3).join(' ')} … failed. The package mysql-server-core of Debian’s unstable suite may be missing for a day: run the tests again later.`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureMysql())
