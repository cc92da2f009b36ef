/**
 * The real Odoo 19 for tests. Its package stands in Debian's unstable suite alone, so it is fetched with lists of its own, which leave the system as
 * it is, and unpacked into a folder outside the clone that all runs share, with the Python packages that it wants and a database made once.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from '../server/bootstrap.mjs'
import { aptOfSuite } from './debian-suite.mjs'
import { ensurePackages } from './install-servers.mjs'
import { keptFolder } from './kept-folder.mjs'

const harness = join(import.meta.dirname, 'harness')
const requirements = join(harness, 'odoo-requirements.txt')
const provision = join(harness, 'provision-odoo.ts')
const recipe = [requirements, provision, join(harness, 'provision-odoo.py'), join(harness, 'odoo-process.ts')]
/** What no call of the API needs: the pages' scripts, translations, the charts of accounts of countries. */
const leftOut = ['*/i18n', '*.js', '*.scss', '*/static/lib', '*/static/tests', '*/static/description', '*/addons/l10n_*']

/**
 * @returns {string} the folder of an Odoo that is ready to start, with a database to copy
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureOdoo() {
  return keptFolder(`odoo-19-${recipeHash()}`, 'Fetching Odoo 19 and making its database', (made, beside) => {
    mkdirSync(made)
    unpack(download(beside), made)
    installPythonPackages(join(made, 'venv'))
    run(nodeBinary(), [provision, made])
  })
}

/** The files of a database belong to one version of PostgreSQL, and the packages to one of Python. */
function recipeHash() {
  const postgres = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').toSorted() : []
  const python = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout ?? ''
  const hash = createHash('sha256').update(JSON.stringify([postgres, python]))
  for (const file of recipe) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 8)
}

/** @returns {string} the package's file */
function download(folder) {
  const apt = join(folder, 'apt')
  const own = aptOfSuite('sid', apt)
  run('apt-get', [...own, 'update'])
  run('apt-get', [...own, 'download', 'odoo-19'], { cwd: apt })
  const file = readdirSync(apt).find((name) => name.endsWith('.deb'))
  if (file === undefined) throw new Error(`apt-get downloaded no package. ${advice}`)
  return join(apt, file)
}

function unpack(file, folder) {
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  const archive = join(dirname(file), 'package.tar')
  run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" > "$2"', 'sh', file, archive])
  run('tar', ['--extract', `--file=${archive}`, `--directory=${tree}`, ...leftOut.map((pattern) => `--exclude=${pattern}`)])
}

function installPythonPackages(venv) {
  run(pythonWithVenv(), ['-m', 'venv', venv])
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
  run(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, '--requirement', requirements])
}

/** Debian leaves out of its Python what makes an environment. */
function pythonWithVenv() {
  const isEnough = (python) => spawnSync(python, ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0
  const found = ['python3', '/usr/bin/python3'].find(isEnough)
  if (found !== undefined) return found
  const folders = () =>
    readdirSync('/usr/lib')
      .filter((name) => name.startsWith('python3.'))
      .map((name) => join('/usr/lib', name, 'ensurepip'))
  ensurePackages([{ package: 'python3-venv', programs: ['__init__.py'], folders, units: [] }])
  return '/usr/bin/python3'
}

const advice = 'The package odoo-19 of Debian’s unstable suite may be missing for a day: run the tests again later.'

function run(program, parameters, options = {}) {
  const { status } = spawnSync(program, parameters, { stdio: ['ignore', 2, 2], ...options })
  if (status === 0) return
  throw new Error(`Odoo 19 could not be had: ${program} ${parameters.slice(0, 3).join(' ')} … failed. ${advice}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureOdoo())
