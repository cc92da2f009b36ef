/** What the gateway and a sandbox process say to each other. The gateway checks what it hears: the other side may be hostile. */
import * as v from 'valibot'
import type { Slot } from '../program.ts'
import { longestParameter, mostParameters } from './failures.ts'

export type ToSandbox =
  | {
      readonly t: 'program'
      readonly hash: string
      readonly slots: readonly Pick<Slot, 'expression' | 'store'>[]
      readonly namespaces: readonly string[]
    }
  | { readonly t: 'forget'; readonly hash: string }
  | {
      readonly t: 'table'
      readonly hash: string
      readonly rows: readonly (readonly [key: string, value: string])[]
      readonly fallback: string | null
    }
  | { readonly t: 'forget_table'; readonly hash: string }
  | {
      readonly t: 'job'
      readonly id: number
      readonly hash: string
      readonly root: Readonly<Record<string, unknown>>
      readonly slots: readonly number[]
      readonly guards: readonly number[]
      /** Slots of which it is told how their values came to be; absent: none. */
      readonly traced?: readonly number[]
      /** Lookup tables by name: their hashes. */
      readonly tables: Readonly<Record<string, string>>
    }
  | { readonly t: 'answer'; readonly id: number; readonly value: string | null }
  /** Nobody will answer the question of this job; forget it. */
  | { readonly t: 'abandon'; readonly id: number }

const offset = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000))
const Trace = v.object({
  slot: v.number(),
  inputs: v.array(v.object({ name: v.string(), value: v.unknown() })),
  parts: v.array(v.object({ start: offset, end: offset, value: v.unknown(), branch: v.nullable(v.picklist(['then', 'else'])) })),
})

export const FromSandbox = v.variant('t', [
  v.object({ t: v.literal('ready') }),
  /** Results by position in the job's `slots`. */
  v.object({ t: v.literal('done'), id: v.number(), results: v.array(v.unknown()), traces: v.optional(v.array(Trace), []) }),
  v.object({
    t: v.literal('failed'),
    id: v.number(),
    slot: v.number(),
    code: v.picklist(['rule_failed', 'rule_timeout']),
    /** From the closed list of what the rules say; what it is called elsewhere does not count. */
    phrase: v.object({
      code: v.string(),
      parameters: v.pipe(v.record(v.string(), v.pipe(v.string(), v.maxLength(longestParameter))), v.maxEntries(mostParameters)),
    }),
    /** The character of the expression, from 1; null when JSONata does not say. */
    offset: v.nullable(v.number()),
  }),
  v.object({
    t: v.literal('ask'),
    id: v.number(),
    slot: v.number(),
    candidates: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(50)),
    namespaces: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(50)),
    maxLength: v.nullable(v.number()),
    pattern: v.pipe(v.string(), v.maxLength(64)),
    from: v.number(),
  }),
])
export type FromSandbox = v.InferOutput<typeof FromSandbox>
