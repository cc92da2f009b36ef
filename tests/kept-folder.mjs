/** What tests need and what takes long to have is made once, in a folder outside the clone that all runs share. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where downloads, and what is made of them, are kept between runs. */
export const downloads = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'passerelle')

/**
 * The folder of that name, made unless it is there.
 * @param {string} name
 * @param {string} what is being done, for who waits
 * @param {(made: string, beside: string) => void} make fills `made`, which is not there yet; what it needs on the way has room in `beside`
 * @param {{ mark?: string, folder?: string }} [options] the file in it that says that it is whole, and where it is kept
 * @returns {string} the folder
 */
export function keptFolder(name, what, make, { mark = 'made', folder = downloads } = {}) {
  const home = join(folder, name)
  if (existsSync(join(home, mark))) return home
  console.error(`${what} (${folder})`)
  mkdirSync(folder, { recursive: true })
  // Made beside its place and moved there as a whole: another run may be doing the same.
  const making = mkdtempSync(join(folder, 'making-'))
  try {
    const made = join(making, 'made')
    make(made, making)
    writeFileSync(join(made, mark), '')
    if (!existsSync(join(home, mark))) {
      rmSync(home, { recursive: true, force: true })
      renameSync(made, home)
    }
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return home
}
