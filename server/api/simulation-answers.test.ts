/** Held by the compiler, as in `answers.test.ts`: the schemas and their plain types say the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as v from 'valibot'
import type * as simulation from '#core/simulations/simulation.ts'
import type { ValueExplanation } from '#rules/index.ts'
import * as answers from './simulation-answers.ts'
import type * as types from './types.ts'

type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Says<Schema extends v.GenericSchema, Type> = Same<Plain<v.InferOutput<Schema>>, Plain<Type>>

type AllSame<Proofs extends Readonly<Record<string, true>>> = keyof Proofs

type Proven = AllSame<{
  SimulationScope: Says<typeof answers.SimulationScope, types.SimulationScope>
  SimulationCounts: Says<typeof answers.SimulationCounts, types.SimulationCounts>
  Simulation: Says<typeof answers.Simulation, types.Simulation>
  SimulationPage: Says<typeof answers.SimulationPage, types.Page<types.Simulation>>
  SimulationResult: Says<typeof answers.SimulationResult, types.SimulationResult>
  SimulationResultPage: Says<typeof answers.SimulationResultPage, types.Page<types.SimulationResult>>
  Explanation: Says<typeof answers.Explanation, types.Explanation>
}>

/** What the parts below the API speak of is what it answers. */
type Below = AllSame<{
  SimulationScope: Same<Plain<simulation.SimulationScope>, Plain<types.SimulationScope>>
  SimulationResult: Same<Plain<simulation.SimulationResult>, Plain<types.SimulationResult>>
  ExplainedValue: Same<Plain<ValueExplanation>, Plain<types.ExplainedValue>>
}>

test('every answer with a type is held against it by the compiler', () => {
  const proven: Readonly<Record<Proven | Below, true>> = {
    SimulationScope: true,
    SimulationCounts: true,
    Simulation: true,
    SimulationPage: true,
    SimulationResult: true,
    SimulationResultPage: true,
    ExplainedValue: true,
    Explanation: true,
  }

  assert.deepEqual(
    Object.keys(answers).filter((name) => !(name in proven)),
    ['Csv', 'SimulationExport'],
  )
})
