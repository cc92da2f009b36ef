/**
 * What a server's installer makes is the same each time and takes it a second: it is made once, kept beside the downloads, and copied. A hundred
 * test files want one.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { downloads } from '../kept-folder.mjs'
import { runOnce } from './daemon.ts'

const templates = join(downloads, 'templates')

/** The folder, as `command` makes it, with owners and rights; `command` is everything that it depends on, its program's own file included. */
export function fromTemplate(folder: string, command: readonly string[], make: () => void): void {
  const { mtimeMs, size } = statSync(command[0] ?? '')
  const key = createHash('sha256')
    .update(JSON.stringify([command, mtimeMs, size, process.getuid?.()]))
    .digest('hex')
  const template = join(templates, key.slice(0, 32))
  if (existsSync(template)) return copy(template, folder)
  make()
  keep(folder, template)
}

/** Made beside its place and moved there as a whole: another test may be doing the same. */
function keep(folder: string, template: string): void {
  mkdirSync(templates, { recursive: true })
  const making = mkdtempSync(join(templates, 'making-'))
  try {
    copy(folder, join(making, 'copy'))
    renameSync(join(making, 'copy'), template)
  } catch (error) {
    if (!existsSync(template)) throw error
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

/** What is empty in a server's files takes no room in the copies. */
const copy = (from: string, to: string) =>
  runOnce(['cp', '--archive', '--sparse=always', '--no-target-directory', from, to], null)
