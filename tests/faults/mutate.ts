/**
 * Takes out one guard at a time, in a copy of the project, and sees whether the test that stands for it goes red. A test that is red
 * without the mutation would prove nothing, so each is seen green first.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const leftOut = new Set(['node_modules', '.git', '.passerelle', '.svelte-kit', 'build'])

export interface Laboratory extends Disposable {
  /** green: the test passes without the mutation; caught: it fails with it. */
  try(mutation: Mutation): Promise<{ readonly green: boolean; readonly caught: boolean; readonly output: string }>
}

/** A copy of the project in a temporary folder, with the packages linked. The project itself is only read. */
export function openLaboratory(): Laboratory {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-mutate-'))
  cpSync(root, folder, { recursive: true, filter: (path) => !leftOut.has(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const greens = new Map<string, Promise<Run>>()
  return {
    async try(mutation) {
      const { file, name } = mutation.test
      const key = `${file} ${name}`
      if (!greens.has(key)) greens.set(key, runTest(folder, mutation.test))
      const without = await greens.get(key)
      if (without?.passed !== true) return { green: false, caught: false, output: without?.output ?? '' }
      const path = join(folder, mutation.file)
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, mutate(text, mutation))
      try {
        const { failed, output } = await runTest(folder, mutation.test)
        return { green: true, caught: failed, output }
      } finally {
        writeFileSync(path, text)
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Throws when the guard does not stand there once, and once only: then the table no longer speaks of the code. */
export function mutate(text: string, { guard, file, find, replace }: Mutation): string {
  const times = text.split(find).length - 1
  if (times !== 1) throw new Error(`${file} holds the guard "${guard}" ${times} times`)
  return text.replace(find, () => replace)
}

const deadlineMs = 150_000

interface Run {
  /** The named test ran, and everything that ran passed. */
  readonly passed: boolean
  /** The named test ran, and failed. */
  readonly failed: boolean
  readonly output: string
}

function runTest(folder: string, { file, name }: Mutation['test']): Promise<Run> {
  const pattern = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  const options = [
    '--test',
    '--test-reporter=tap',
    '--test-timeout=120000',
    '--test-force-exit',
    `--test-name-pattern=${pattern}`,
    file,
  ]
  // This may run within a test, whose runner must not take these results for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, options, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    // The whole group: a runner that ends leaves behind what is frozen, or was cut off from its test.
    const sweep = () => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL')
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
      }
    }
    // Without a guard anything may wait for ever: what is known by then counts.
    const deadline = setTimeout(sweep, deadlineMs)
    child.once('exit', sweep)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(deadline)
      const own = output
        .split('\n')
        .filter((line) => /^\s*(not )?ok \d+ - /.test(line) && line.replaceAll('\\#', '#').includes(name))
      const red = own.filter((line) => line.trimStart().startsWith('not ok'))
      resolve({ passed: code === 0 && own.length > 0 && red.length === 0, failed: red.length > 0, output })
    })
  })
}
