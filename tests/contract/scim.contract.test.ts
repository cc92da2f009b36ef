/** SCIM against a server that keeps to the RFCs, and against one that has none of what they leave open. */
import { scim } from '#connectors/scim/index.ts'
import { openScimFixture, scimTraits } from './scim-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({ connector: scim, traits: scimTraits, open: () => openScimFixture() })

contractSuite({
  connector: scim,
  traits: scimTraits,
  title: 'scim without PATCH, ETags, schemas and groups of users',
  open: () =>
    openScimFixture({
      ...{ patch: false, etags: false, describes: false, groupsOnUsers: false },
      config: { discover: false, update: 'put', memberships: 'groups', activeAsText: true },
    }),
})
