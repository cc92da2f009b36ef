/**
 * The real Auth emulator of Firebase for tests: it comes with Firebase's command line, 312 MB that the product itself never needs. It is kept in a
 * folder outside the clone that all runs share.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptFolder } from './kept-folder.mjs'

const version = '15.34.0'

/**
 * @returns {string} the folder in which Firebase's command line is installed
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureFirebaseTools() {
  const make = (made) => {
    mkdirSync(made)
    writeFileSync(join(made, 'package.json'), '{ "private": true }')
    const parameters = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', `firebase-tools@${version}`]
    const { status } = spawnSync('npm', parameters, { cwd: made, stdio: ['ignore', 2, 2] })
    if (status !== 0)
      throw new Error(`The emulator could not be had. Try it by hand in an empty folder:\n\n    npm ${parameters.join(' ')}\n`)
  }
  return keptFolder(`firebase-tools-${version}`, `Fetching firebase-tools ${version}`, make, { mark: 'complete' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureFirebaseTools())
