/**
 * The real Keycloak for tests: its distribution is an artefact of Maven's central repository. It is kept, built once for a database in memory, in a
 * folder outside the clone that all runs share.
 */
import { spawnSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePackages } from './install-servers.mjs'
import { downloads, keptFolder } from './kept-folder.mjs'

const version = '26.4.0'
const needed = [
  { package: 'maven', programs: ['mvn'], units: [] },
  { package: 'openjdk-17-jre-headless', programs: ['java'], units: [] },
]

/**
 * @returns {string} the folder of a Keycloak that is ready to start
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureKeycloak() {
  const make = (made, beside) => {
    ensurePackages(needed)
    unpack(beside)
    renameSync(join(beside, `keycloak-${version}`), made)
    run(join(made, 'bin', 'kc.sh'), ['build', '--db=dev-mem'])
  }
  return keptFolder(`keycloak-${version}`, `Fetching Keycloak ${version}`, make, { mark: 'built' })
}

function unpack(folder) {
  const parameters = [
    '--batch-mode',
    '--quiet',
    `-Dmaven.repo.local=${join(downloads, 'maven')}`,
    'dependency:unpack',
    `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`,
    `-DoutputDirectory=${folder}`,
  ]
  // Without a project the plugin leaves a folder "${project.basedir}" of markers wherever it runs, and takes no setting for it.
  run('mvn', parameters, folder)
}

function run(program, parameters, cwd = process.cwd()) {
  const { status } = spawnSync(program, parameters, { stdio: ['ignore', 2, 2], cwd })
  if (status === 0) return
  throw new Error(`Keycloak could not be had. Try it by hand:\n\n    ${program} ${parameters.join(' ')}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureKeycloak())
