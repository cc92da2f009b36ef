/** Firebase against the real Auth emulator, which is opened once for all of this. */
import { after, before } from 'node:test'
import { firebase } from '#connectors/firebase/index.ts'
import { openFirebaseEmulator, type FirebaseEmulator } from '#tests/harness/firebase.ts'
import { firebaseTraits, openFirebaseFixture } from './firebase-fixture.ts'
import { contractSuite } from './suite.ts'

let emulator: FirebaseEmulator
before(async () => {
  emulator = await openFirebaseEmulator()
})
after(() => emulator[Symbol.asyncDispose]())

contractSuite({ connector: firebase, traits: firebaseTraits, timeoutMs: 300_000, open: () => openFirebaseFixture(emulator) })
