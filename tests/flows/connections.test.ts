/** The connections of a target: whatever becomes of a step, it keeps none of them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let world: World
before(async () => {
  world = await openWorld({
    engine: 'redis',
    // One connection: the next step needs the very one that the step before it had.
    targets: async (postgres) => {
      const { directory } = (await sqlTargets(postgres)) as { directory: { config: object } }
      return { directory: { ...directory, config: { ...directory.config, poolSize: 1 } } }
    },
    ruleSet: {
      name: 'default',
      targets: {
        directory: {
          correlate: { family_name: 'familyName' },
          attributes: { login: 'login', family_name: 'familyName' },
        },
      },
    },
  })
})
after(() => world[Symbol.asyncDispose]())

const person = (login: string, familyName: string) => ({ kind: 'create', externalId: login, attributes: { login, familyName } })

test('accounts that cannot be told apart refuse their own request, and nobody else’s', async () => {
  await world.postgres.query(
    targetDatabase,
    "insert into directory.person (login, family_name) values ('one', 'Twin'), ('other', 'Twin')",
  )

  const ambiguous = await world.submit(person('ada', 'Twin'))
  const next = await world.submit(person('zoe', 'Single'))

  assert.equal(ambiguous.body.problem?.code, 'ambiguous')
  assert.equal(next.body.state, 'succeeded')
})
