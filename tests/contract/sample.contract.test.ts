/** Sample keeps the contract of every connector. */
import { sample } from '#connectors/kit/sample/index.ts'
import { openSampleFixture, sampleTraits } from './sample-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: sample, traits: sampleTraits, open: openSampleFixture })
