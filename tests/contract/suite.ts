/**
 * The contract of every connector, run against real systems. What the saga promises (one effect, exact undo, strangers left
 * alone) is only as true as this suite is for each connector.
 */
import { after, before, describe } from 'node:test'
import { openBench, type Bench } from './bench.ts'
import { conditionTests } from './conditions.ts'
import { crowdTests } from './crowds.ts'
import { discoveryTests } from './discovery.ts'
import { faultTests } from './faults.ts'
import type { ContractSuiteOptions } from './fixture.ts'
import { lackTests } from './lacks.ts'
import { lifecycleTests } from './lifecycle.ts'
import { troubleTests } from './troubles.ts'
import { nameTests } from './names.ts'
import { repetitionTests } from './repetition.ts'
import { resetTests } from './resets.ts'
import { undoTests } from './undo.ts'

export function contractSuite(options: ContractSuiteOptions): void {
  describe(`contract of ${options.title ?? options.connector.id}`, { timeout: options.timeoutMs ?? 120_000 }, () => {
    let bench: Bench | undefined
    const opened = () => {
      if (bench === undefined) throw new Error('the fixture did not open')
      return bench
    }
    before(async () => {
      bench = await openBench(options)
    })
    after(() => bench?.[Symbol.asyncDispose]())

    lackTests(options, opened)
    lifecycleTests(options, opened)
    conditionTests(options, opened)
    nameTests(options, opened)
    undoTests(options, opened)
    repetitionTests(options, opened)
    resetTests(options, opened)
    discoveryTests(options, opened)
    if (options.traits.proxied) faultTests(options, opened)
    troubleTests(options, opened)
    if (options.traits.crowds !== undefined) crowdTests(options.traits.crowds, opened)
  })
}
