/** Who leaves a real directory: moved to another unit and out of every group in one step, back exactly as before, and put back when a sibling fails. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ask, daysPass, deletionsOf, until } from '#tests/harness/leavers.ts'
import { newcomer, openThreeTargets, type ThreeTargets } from '#tests/harness/three-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'

let three: ThreeTargets
let world: World
before(async () => {
  three = await openThreeTargets()
  const { 'ldap-paris': directory, ...others } = three.targets as Record<string, { connector: string; config: object }>
  const disable = { by: 'move', disabledBase: three.slapd.disabledBase }
  const targets = { ...others, 'ldap-paris': { connector: 'ldap', config: { ...directory?.config, disable } } }
  world = await openWorld({ engine: 'redis', targets, ruleSet: rulesOfLeavers(three) })
})
after(async () => {
  await world?.[Symbol.asyncDispose]()
  await three?.[Symbol.asyncDispose]()
})

function rulesOfLeavers({ ruleSet }: ThreeTargets) {
  const rules = ruleSet as { targets: Record<string, object> }
  const lifecycle = {
    onDisable: { move: { ou: "'partis'", employeeType: "'ancien'" }, strip: { memberships: 'all', attributes: ['title'] } },
    deleteAfter: '90d',
  }
  const directory = { ...rules.targets['ldap-paris'], when: `$not(locality = 'Lyon')`, lifecycle }
  return { ...rules, targets: { ...rules.targets, 'ldap-paris': directory } }
}

const entryOf = async (number: number) => (await three.slapd.find(`(employeeNumber=${number})`))[0]
const groupsOf = async (dn: string) =>
  (await three.slapd.find(`(&(objectClass=groupOfNames)(member=${dn}))`)).map(({ cn }) => String(cn)).sort()

/** A group that somebody else put them in. */
async function joinChoir(dn: string, name: string): Promise<void> {
  await three.slapd.asRoot((client) =>
    client.add(`cn=${name},${three.slapd.groupBase}`, {
      objectClass: ['groupOfNames'],
      cn: [name],
      member: [dn, three.slapd.root.dn],
    }),
  )
}

test('a leaver is moved, stripped and out of every group, others’ too; and is deleted at the end', async () => {
  await world.submit(newcomer(9101))
  const before = await entryOf(9101)
  await joinChoir(String(before?.dn), 'choir')

  const left = await ask(world, 'disable', 'E-9101')

  const gone = await entryOf(9101)
  assert.equal(left.state, 'succeeded')
  assert.match(String(gone?.dn), /ou=disabled/)
  assert.deepEqual([gone?.['ou'], gone?.['employeeType'], gone?.['title'] ?? null], ['partis', 'ancien', null])
  assert.deepEqual(await groupsOf(String(gone?.dn)), [])
  await daysPass(world, 'E-9101', 91)
  await until(async () => (await deletionsOf(world, 'E-9101'))[0]?.state === 'succeeded')
  assert.equal(await entryOf(9101), undefined)
})

test('who returns has the place, values and groups that the rules give, under the same immutable id', async () => {
  await world.submit(newcomer(9102))
  const before = await entryOf(9102)

  await ask(world, 'disable', 'E-9102')
  await ask(world, 'enable', 'E-9102')

  const back = await entryOf(9102)
  for (const name of ['dn', 'entryUUID', 'ou', 'employeeType', 'title', 'mail'])
    assert.deepEqual(back?.[name], before?.[name], name)
  assert.deepEqual(await groupsOf(String(back?.dn)), ['staff'])
})

test('a departure that is undone because a sibling failed leaves everything as it was, others’ groups too', async () => {
  await world.submit(newcomer(9103))
  await joinChoir(String((await entryOf(9103))?.dn), 'orchestra')
  const before = await three.dump()

  const { body } = await world.submit({
    kind: 'update',
    externalId: 'E-9103',
    attributes: { locality: 'Lyon', organizationalUnit: 'Ventes' },
  })

  const step = body.details.find(({ target }) => target === 'ldap-paris')
  assert.deepEqual([body.state, step?.operation, step?.state], ['rolled_back', 'disable', 'undone'])
  assert.deepEqual(step?.writes?.memberships.remove.length, 2)
  assert.deepEqual(await three.dump(), before)
})
