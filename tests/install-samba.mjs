/**
 * A domain of Active Directory for tests, made by Samba once and kept in a folder outside the clone that all runs share: each test copies it. Its
 * ports, 389 and 636, are fixed, so only root can start a controller.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePackages } from './install-servers.mjs'
import { keptFolder } from './kept-folder.mjs'

const script = join(import.meta.dirname, 'harness', 'provision-samba.py')
/** Debian's own: the library of Samba belongs to it, whatever other Python there is. */
const python = '/usr/bin/python3'
const units = ['samba-ad-dc', 'smbd', 'nmbd']
const inFolder = (name, folder, file) => ({ package: name, programs: [file], folders: () => [folder], units: [] })
const needed = [
  { package: 'samba', programs: ['samba'], units },
  inFolder('python3-samba', '/usr/lib/python3/dist-packages/samba', 'samdb.py'),
  inFolder('samba-ad-provision', '/usr/share/samba/setup', 'provision.ldif'),
  ...['x86_64', 'aarch64']
    .filter((machine) => existsSync(`/usr/lib/${machine}-linux-gnu`))
    .map((machine) => inFolder('samba-dsdb-modules', `/usr/lib/${machine}-linux-gnu/samba/ldb`, 'samldb.so')),
]

/**
 * @returns {string} the folder of a domain that is ready to be copied
 * @throws {Error} with what a person can do, when it cannot be had
 */
export function ensureSamba() {
  if (process.getuid?.() !== 0)
    throw new Error('Its controller listens on ports 389 and 636, which only root may: run the tests as root.')
  ensurePackages(needed)
  const version = spawnSync('samba', ['--version'], { encoding: 'utf8' })
    .stdout.replace(/[^\d.]+/g, ' ')
    .trim()
    .split(' ')[0]
  const recipe = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 8)
  return keptFolder(`samba-${version}-${recipe}`, 'Making a domain of Active Directory', (made) => {
    const { status, stderr } = spawnSync(python, [script, made], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
    if (status !== 0)
      throw new Error(`Samba could not make a domain. Try it by hand:\n\n    ${python} ${script} ${made}\n\n${stderr}`)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(ensureSamba())
