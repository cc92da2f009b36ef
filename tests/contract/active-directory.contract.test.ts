/** Active Directory against a real domain controller. */
import { activeDirectory } from '#connectors/active-directory/index.ts'
import { activeDirectoryTraits, openActiveDirectoryFixture } from './active-directory-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: activeDirectory,
  traits: activeDirectoryTraits,
  timeoutMs: 170_000,
  open: openActiveDirectoryFixture,
})
