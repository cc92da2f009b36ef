/** Odoo against the real one, which is opened once for both of its protocols. */
import { after, before } from 'node:test'
import { odoo } from '#connectors/odoo/index.ts'
import { openOdoo, type TestOdoo } from '#tests/harness/odoo.ts'
import { odooTraits, openOdooFixture } from './odoo-fixture.ts'
import { contractSuite } from './suite.ts'

let server: TestOdoo
before(async () => {
  server = await openOdoo()
})
after(() => server[Symbol.asyncDispose]())

for (const protocol of ['json-2', 'json-rpc'] as const)
  contractSuite({
    connector: odoo,
    title: `odoo by ${protocol}`,
    traits: odooTraits,
    timeoutMs: 240_000,
    open: () => openOdooFixture(server, protocol),
  })
