/** What a pool of sandbox processes keeps of its jobs and of its processes, and how a job's failure is told. */
import { GatewayError } from '#core/errors.ts'
import type { Phrase } from '#core/phrase.ts'
import type { UniqueQuestion } from '../functions/unique.ts'
import { inPlace } from '../phrases/place.ts'
import type { Job, Program } from '../program.ts'
import type { SandboxProcess } from './child-process.ts'
import type { Trace } from './trace.ts'
import type { Lane } from './waiting-runs.ts'

/** Answers `$unique`, asked in this slot. */
export type Ask = (question: UniqueQuestion, slot: number) => Promise<string | null>

export interface Evaluated {
  /** By position in the job's slots. */
  readonly results: readonly unknown[]
  /** Of the slots that were to be traced and were evaluated. */
  readonly traces: readonly Trace[]
}

export interface Run {
  readonly id: number
  readonly program: Program
  readonly job: Job
  readonly ask: Ask
  /** Slots of which it is told how their values came to be. */
  readonly traced: readonly number[]
  readonly resolve: (evaluated: Evaluated) => void
  readonly reject: (error: unknown) => void
  starts: number
  spentMs: number
}

export interface Turn {
  readonly run: Run
  readonly since: number
  timer: NodeJS.Timeout
  overstays: boolean
}

export interface Child {
  process: SandboxProcess
  state: 'starting' | 'ready' | 'gone'
  lane: Lane
  /** The job it works on now, and the clock that looks after it. */
  turn: Turn | null
  readonly parked: Set<Run>
  readonly answered: { readonly run: Run; readonly value: string | null }[]
  /** Hashes of the programs it holds, the least used first. */
  readonly programs: Set<string>
  /** Hashes of the lookup tables that it holds, the least used first. */
  readonly tables: Set<string>
}

interface Failed {
  /** null when the process could not say. */
  readonly slot: number | null
  readonly code: 'rule_failed' | 'rule_timeout'
  readonly phrase: Phrase
  readonly offset: number | null
}

/** The error as people read it: which expression, where it stands, what is wrong. */
export function toError(run: Run, { slot: number, code, phrase, offset }: Failed): GatewayError {
  const slot = run.program.slots[number ?? -1]
  return new GatewayError(code, inPlace(phrase, slot?.path ?? null, offset), typeof slot?.at === 'string' ? { at: slot.at } : {})
}
