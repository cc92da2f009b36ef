/**
 * The real Auth emulator of Firebase for tests: it comes with Firebase's command line, 312 MB that the product itself never needs. It is kept in a
 * folder outside the clone that all runs share.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { downloads } from './install-keycloak.mjs'

const version = '15.34.0'

/**
 * @returns {string} the folder in which Firebase's command line is installed
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureFirebaseTools() {
  const home = join(downloads, `firebase-tools-${version}`)
  if (existsSync(join(home, 'complete'))) return home
  console.error(`Fetching firebase-tools ${version} into ${downloads}`)
  mkdirSync(downloads, { recursive: true })
  // Made beside its place and moved there as a whole: another run may be doing the same.
  const making = mkdtempSync(join(downloads, 'making-'))
  try {
    writeFileSync(join(making, 'package.json'), '{ "private": true }')
    const parameters = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', `firebase-tools@${version}`]
    const { status } = spawnSync('npm', parameters, { cwd: making, stdio: ['ignore', 2, 2] })
    if (status !== 0)
      throw new Error(`The emulator could not be had. Try it by hand in an empty folder:\n\n    npm ${parameters.join(' ')}\n`)
    writeFileSync(join(making, 'complete'), '')
    if (!existsSync(join(home, 'complete'))) {
      rmSync(home, { recursive: true, force: true })
      renameSync(making, home)
    }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return home
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureFirebaseTools())
