/**
 * The folder for what a run of the tests leaves nothing of. Each server starts with a thousand small files, which a disk takes ten times longer to
 * make than memory does: they are in memory where the machine has plenty.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const memory = '/dev/shm'
const gigabyte = 1024 ** 3
const hour = 3_600_000
/** What five files with servers hold at once stays below one; what else they need below four. */
const wanted = { room: 4 * gigabyte, free: 8 * gigabyte }
const prefix = 'passerelle-test-run-'
/** The type of a file system in memory (Linux, statfs(2)). */
const tmpfs = 0x01021994

/**
 * A new folder, whose name says whose it is. Those of runs that were killed are removed.
 * @returns {string} whoever opened it removes it
 */
export function openRunFolder(place = hasPlenty() ? memory : tmpdir()) {
  for (const name of readdirSync(place)) if (isAbandoned(join(place, name))) remove(join(place, name))
  const folder = mkdtempSync(join(place, `${prefix}${process.pid}-`))
  // Servers that refuse to run as root have folders of their own in it.
  chmodSync(folder, 0o711)
  return folder
}

/** What cannot be removed, such as a disk that a killed test left mounted, is said and stays: the run's result is worth more. */
export function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  } catch (error) {
    console.error(`${folder} stays, remove it by hand: ${error.message}`)
  }
}

function hasPlenty() {
  if (!existsSync(memory)) return false
  const { type, bavail, bsize } = statfsSync(memory)
  const free = process.availableMemory?.() ?? freemem()
  return type === tmpfs && bavail * bsize >= wanted.room && free >= wanted.free && !forbidsPrograms()
}

/** A test may start what it wrote there. */
function forbidsPrograms() {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  return mounts.some((line) => {
    const [, place, , options = ''] = line.split(' ')
    return place === memory && options.split(',').includes('noexec')
  })
}

/** Nobody is there whose it was. A container that shares the place, and not the processes, is not there either: its runs are young. */
function isAbandoned(folder) {
  const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(basename(folder))?.[1])
  if (!pid) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH' && Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > hour
  }
}
