/** Keycloak against the real one. */
import { keycloak } from '#connectors/keycloak/index.ts'
import { openKeycloak } from '#tests/harness/keycloak.ts'
import { keycloakTraits, openKeycloakFixture } from './keycloak-fixture.ts'
import { contractSuite } from './suite.ts'

contractSuite({
  connector: keycloak,
  traits: keycloakTraits,
  timeoutMs: 600_000,
  async open() {
    const server = await openKeycloak()
    const fixture = await openKeycloakFixture(server)
    return {
      ...fixture,
      async [Symbol.asyncDispose]() {
        await fixture[Symbol.asyncDispose]()
        await server[Symbol.asyncDispose]()
      },
    }
  },
})
