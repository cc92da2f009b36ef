/**
 * The sandbox process: reads jobs from its standard input, answers on its standard output, and can do nothing else. It is started
 * by `child-process.ts` under Node's permission model with an empty environment, and may be killed at any moment.
 */
import { writeSync } from 'node:fs'
import type { UniqueQuestion } from '../functions/unique.ts'
import type { LookupTable } from '../lookups/table.ts'
import { compileSlot, runJob, type CompiledSlot, type Outcome } from './evaluator.ts'
import { toTold } from './failures.ts'
import { createFrameReader, toFrame } from './frames.ts'
import { largestAnswer, markDescriptor } from './limits.ts'
import type { FromSandbox, ToSandbox } from './protocol.ts'

/** Names that expressions could want if they ever reached JavaScript's global object. */
const unwanted = [
  'process',
  'fetch',
  'WebSocket',
  'EventSource',
  'navigator',
  'performance',
  'queueMicrotask',
  'structuredClone',
  'global',
]

function startChild(): void {
  const { stdin, stdout, argv, permission, allowedNodeEnvironmentFlags } = process
  const timeoutMs = Number(argv[2])
  const walls = ['fs.write', 'child', 'worker', 'net', 'addon', 'wasi', 'inspector'] as const
  // A Node that does not know a permission would answer "not granted" and grant it all the same.
  const standing =
    permission !== undefined && allowedNodeEnvironmentFlags.has('--allow-net') && walls.every((wall) => !permission.has(wall))
  if (!standing) throw new Error('the rule sandbox needs a Node with the permission model, network included (Node 25 or later)')
  useFixedDate()
  for (const name of unwanted) Reflect.deleteProperty(globalThis, name)

  const send = (message: FromSandbox) => stdout.write(toFrame(message))
  const handle = createHandler(timeoutMs, send)
  const reader = createFrameReader(
    largestAnswer,
    (message) => handle(message as ToSandbox),
    () => stdin.destroy(),
  )
  stdin.on('data', (chunk: Buffer) => reader.push(chunk))
  send({ t: 'ready' })
}

/** `new Date()` is the same at any time, so that no date function can make a plan depend on when it was made. */
function useFixedDate(): void {
  const RealDate = Date
  class FixedDate extends RealDate {
    constructor(...parts: readonly unknown[]) {
      if (parts.length === 0) super(0)
      else super(...(parts as [number]))
    }
  }
  globalThis.Date = FixedDate as DateConstructor
}

/** Leaves the number of the expression that runs now where the parent finds it when this process is dead: a file without a name. */
function createMark(): (slot: number) => void {
  const bytes = Buffer.alloc(4)
  return (slot) => {
    bytes.writeUInt32BE(slot, 0)
    writeSync(markDescriptor, bytes, 0, bytes.length, 0)
  }
}

interface LoadedProgram {
  readonly slots: readonly CompiledSlot[]
  readonly namespaces: readonly string[]
}

function createHandler(timeoutMs: number, send: (message: FromSandbox) => void): (message: ToSandbox) => void {
  const programs = new Map<string, LoadedProgram>()
  const waiting = new Map<number, (value: string | null) => void>()
  const mark = createMark()
  const tables = new Map<string, Pick<LookupTable, 'rows' | 'fallback'>>()
  const run = async ({ id, hash, root, slots, guards, tables: named, traced = [] }: Extract<ToSandbox, { t: 'job' }>) => {
    const program = programs.get(hash) ?? { slots: [], namespaces: [] }
    const held = new Map(Object.entries(named).map(([name, tableHash]) => [name, tables.get(tableHash)]))
    const job = { root: { ...root }, slots, guards, tables: (name: string) => held.get(name), traced: new Set(traced) }
    const ask = (question: UniqueQuestion, slot: number) =>
      new Promise<string | null>((resolve) => {
        waiting.set(id, (value) => {
          mark(slot)
          resolve(value)
        })
        send({ t: 'ask', id, slot, ...question, candidates: [...question.candidates], namespaces: [...question.namespaces] })
      })
    const outcome = await runJob(program.slots, program.namespaces, job, { ask, mark })
    if ('results' in outcome) send(toDone(id, outcome))
    else send({ t: 'failed', id, ...outcome, phrase: toTold(outcome.phrase) })
  }
  return (message) => {
    switch (message.t) {
      case 'program':
        programs.set(message.hash, {
          slots: message.slots.map((slot) => compileSlot(slot, timeoutMs)),
          namespaces: message.namespaces,
        })
        return
      case 'forget':
        programs.delete(message.hash)
        return
      case 'table':
        tables.set(message.hash, { rows: new Map(message.rows), fallback: message.fallback })
        return
      case 'forget_table':
        tables.delete(message.hash)
        return
      case 'job':
        void run(message)
        return
      case 'answer': {
        const resolve = waiting.get(message.id)
        waiting.delete(message.id)
        resolve?.(message.value)
        return
      }
      case 'abandon':
        waiting.delete(message.id)
    }
  }
}

function toDone(id: number, { results, traces }: Extract<Outcome, { results: unknown }>): FromSandbox {
  const told = traces.map(({ slot, inputs, parts }) => ({ slot, inputs: [...inputs], parts: [...parts] }))
  return { t: 'done', id, results: [...results], traces: told }
}

if (import.meta.main) startChild()
