/** People who leave, and some who return: what becomes of their accounts in two real databases, from the last day of work to the end of the grace. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, daysPass, deletionsOf, departuresOf, joiner, rulesForLeavers, twoLooks, until } from '#tests/harness/leavers.ts'
import { addPeople } from '#tests/harness/people.ts'
import { findAccount, findPerson, sqlTargets, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'
import type { Departure, ProblemDetails } from '#server/api/types.ts'

let world: World
let operator: Record<string, string>
before(async () => {
  world = await openWorld({ engine: 'redis', targets: sqlTargets, ruleSet: rulesForLeavers() })
  await addPeople(world, ['olga'])
  operator = await world.login('olga', 'password of olga')
})
after(() => world[Symbol.asyncDispose]())

const day = 86_400_000
const daysUntil = ({ disabledAt, deleteAt }: Departure) => (Date.parse(deleteAt) - Date.parse(disabledAt)) / day

describe('who is disabled', () => {
  test('is moved and stripped in the same step, and everybody can see what will happen when', async () => {
    await world.submit(joiner('l1', 'Aebi'))

    const left = await ask(world, 'disable', 'l1')

    const person = await findPerson(world, 'Aebi')
    assert.deepEqual(
      [left.state, person?.active, person?.department, person?.title, person?.groups],
      ['succeeded', false, 'leavers of finance', null, []],
    )
    const [directory, intranet] = await departuresOf(world, 'l1')
    assert.ok(directory !== undefined && intranet !== undefined)
    assert.deepEqual(
      [directory.state, directory.disabledBy, daysUntil(directory), intranet.state, daysUntil(intranet)],
      ['waiting', left.id, 90, 'waiting', 30],
    )
    const events = await world.events(left.id)
    assert.equal(events.filter(({ action }) => action === 'departure_begun').length, 2)
  })

  test('comes back as before: values, groups, and nothing waits to be deleted', async () => {
    await world.submit(joiner('l2', 'Bär'))
    const before = await findPerson(world, 'Bär')
    await ask(world, 'disable', 'l2')

    const back = await ask(world, 'enable', 'l2')
    await daysPass(world, 'l2', 91)
    await twoLooks()

    assert.equal(back.state, 'succeeded')
    assert.deepEqual(await findPerson(world, 'Bär'), before)
    assert.deepEqual(
      (await departuresOf(world, 'l2')).map(({ state }) => state),
      ['returned', 'returned'],
    )
    assert.deepEqual(await deletionsOf(world, 'l2'), [])
  })

  test('stays moved and stripped whatever is updated meanwhile', async () => {
    await world.submit(joiner('l3', 'Casty'))
    await ask(world, 'disable', 'l3')

    await ask(world, 'update', 'l3', { attributes: { title: 'Chief', organizationalUnit: 'Legal', familyName: 'Casty-Neu' } })

    const person = await findPerson(world, 'Casty-Neu')
    assert.deepEqual([person?.active, person?.department, person?.title, person?.groups], [false, 'leavers of finance', null, []])
    await ask(world, 'enable', 'l3')
    const back = await findPerson(world, 'Casty-Neu')
    assert.deepEqual([back?.department, back?.title, back?.groups], ['Legal', 'Chief', ['everyone', 'legal']])
  })

  test('is deleted by a request of its own when the grace is over, target by target, once', async () => {
    await world.submit(joiner('l4', 'Dörig'))
    await ask(world, 'disable', 'l4')

    await daysPass(world, 'l4', 31)
    await until(async () => (await deletionsOf(world, 'l4'))[0]?.state === 'succeeded')
    const [first] = await deletionsOf(world, 'l4')
    const halfWay = [await findAccount(world, 'adorig'), (await findPerson(world, 'Dörig'))?.active]
    const waiting = await departuresOf(world, 'l4')
    await daysPass(world, 'l4', 60)
    await until(async () => (await deletionsOf(world, 'l4'))[1]?.state === 'succeeded')
    await twoLooks()

    assert.deepEqual(halfWay, [null, false])
    assert.deepEqual(
      waiting.map(({ target }) => target),
      ['directory'],
    )
    assert.equal(await findPerson(world, 'Dörig'), null)
    assert.equal((await deletionsOf(world, 'l4')).length, 2)
    assert.deepEqual(await departuresOf(world, 'l4'), [])
    const events = await world.events(first?.id ?? '')
    assert.deepEqual([events[0]?.action, events[0]?.actor], ['accepted', 'gateway'])
  })

  test('is known to the end: who was only disabled comes back with a new account after the deletion', async () => {
    await world.submit(joiner('l5', 'Egger'))
    await ask(world, 'disable', 'l5')
    await daysPass(world, 'l5', 91)
    await until(async () => (await departuresOf(world, 'l5')).length === 0)

    const back = await ask(world, 'enable', 'l5')

    assert.equal(back.state, 'succeeded')
    const person = await findPerson(world, 'Egger')
    assert.deepEqual([person?.active, person?.title, person?.groups], [true, 'Clerk', ['everyone', 'finance']])
  })

  test('keeps the day that was promised when they are disabled once more', async () => {
    await world.submit(joiner('l6', 'Frick'))
    await ask(world, 'disable', 'l6')
    await daysPass(world, 'l6', 10)
    const before = await departuresOf(world, 'l6')

    await ask(world, 'disable', 'l6')

    assert.deepEqual(await departuresOf(world, 'l6'), before)
  })
})

describe('whom the source deletes', () => {
  test('is deleted where the rules say at once, and disabled until the end of the grace where they say so', async () => {
    await world.submit(joiner('d1', 'Gasser'))

    const deleted = await ask(world, 'delete', 'd1')

    assert.deepEqual(
      deleted.plan.steps.map(({ target, operation }) => [target, operation]),
      [
        ['directory', 'delete'],
        ['intranet', 'disable'],
      ],
    )
    assert.deepEqual([await findPerson(world, 'Gasser'), (await findAccount(world, 'agasser'))?.status], [null, 'disabled'])
    assert.deepEqual(
      (await departuresOf(world, 'd1')).map(({ target, isForgotten }) => [target, isForgotten]),
      [['intranet', true]],
    )
  })

  test('is nobody when the last account is gone', async () => {
    await world.submit(joiner('d2', 'Hug'))
    await ask(world, 'delete', 'd2')
    await daysPass(world, 'd2', 31)

    await until(async () => (await deletionsOf(world, 'd2'))[0]?.state === 'succeeded')

    const [identity] = await world.query(`select attributes, targets, disabled from passerelle.identity where external_id = 'd2'`)
    assert.deepEqual(identity, { attributes: {}, targets: {}, disabled: false })
    assert.equal(await findAccount(world, 'ahug'), null)
  })

  test('who was disabled before keeps that day, and is forgotten then', async () => {
    await world.submit(joiner('d3', 'Imhof'))
    await ask(world, 'disable', 'd3')
    await daysPass(world, 'd3', 20)
    const before = (await departuresOf(world, 'd3')).find(({ target }) => target === 'intranet')

    await ask(world, 'delete', 'd3')

    const [left] = await departuresOf(world, 'd3')
    assert.deepEqual([left?.target, left?.deleteAt, left?.isForgotten], ['intranet', before?.deleteAt, true])
  })

  test('comes back when the source creates them again before the day', async () => {
    await world.submit(joiner('d4', 'Jenni'))
    await ask(world, 'delete', 'd4')

    const { body } = await world.submit(joiner('d4', 'Jenni'))

    assert.deepEqual([body.kind, body.state], ['enable', 'succeeded'])
    assert.deepEqual([(await findAccount(world, 'ajenni'))?.status, (await findPerson(world, 'Jenni'))?.active], ['active', true])
    await daysPass(world, 'd4', 40)
    await twoLooks()
    assert.deepEqual(await deletionsOf(world, 'd4'), [])
  })
})

describe('a mover', () => {
  test('whose account the rules do not want any more leaves that target; wanted again, they return', async () => {
    await world.submit(joiner('m1', 'Kunz'))
    await ask(world, 'update', 'm1', { attributes: { employeeType: 'external' } })
    const away = await departuresOf(world, 'm1')
    const off = (await findAccount(world, 'akunz'))?.status

    await ask(world, 'update', 'm1', { attributes: { employeeType: 'internal' } })

    assert.deepEqual([away.map(({ target, state }) => `${target} ${state}`), off], [['intranet waiting'], 'disabled'])
    assert.equal((await findAccount(world, 'akunz'))?.status, 'active')
    assert.deepEqual(
      (await departuresOf(world, 'm1')).map(({ state }) => state),
      ['returned'],
    )
  })

  test('is deleted there at the end of the grace, and stays everywhere else', async () => {
    await world.submit(joiner('m2', 'Lang'))
    await ask(world, 'update', 'm2', { attributes: { employeeType: 'external' } })

    await daysPass(world, 'm2', 31)
    await until(async () => (await deletionsOf(world, 'm2'))[0]?.state === 'succeeded')

    assert.deepEqual([await findAccount(world, 'alang'), (await findPerson(world, 'Lang'))?.active], [null, true])
  })

  test('whose move was rolled back never left: as before, and nothing waits', async () => {
    await world.submit(joiner('m3', 'Moser'))
    const before = await targetsDump(world)

    const { body } = await world.submit({
      kind: 'update',
      externalId: 'm3',
      attributes: { employeeType: 'external', title: 'Forbidden' },
    })

    assert.equal(body.state, 'rolled_back')
    assert.equal(await targetsDump(world), before)
    assert.deepEqual(await departuresOf(world, 'm3'), [])
  })
})

describe('people', () => {
  const change = (verb: string, { id }: Departure, body: object, headers = operator) =>
    world.call<Departure & ProblemDetails>('POST', `/api/v1/departures/${id}/${verb}`, body, headers)
  const left = async (externalId: string, familyName: string): Promise<Departure> => {
    await world.submit(joiner(externalId, familyName))
    await ask(world, 'disable', externalId)
    const [, intranet] = await departuresOf(world, externalId)
    assert.ok(intranet !== undefined)
    return intranet
  }

  test('name a later day, with a reason that is on record', async () => {
    const departure = await left('p1', 'Naef')
    const until = new Date(Date.parse(departure.deleteAt) + 10 * day).toISOString()

    const { status, body } = await change('postpone', departure, { until, reason: 'an inquiry is under way' })
    await daysPass(world, 'p1', 31)
    await twoLooks()

    assert.deepEqual([status, body.deleteAt, body.changed?.by], [200, until, 'person:olga'])
    assert.deepEqual(await deletionsOf(world, 'p1'), [])
    const event = (await world.events(departure.disabledBy)).find(({ action }) => action === 'departure_postponed')
    assert.deepEqual([event?.actor, event?.detail['reason']], ['person:olga', 'an inquiry is under way'])
  })

  test('have an account stay; and may name a day again', async () => {
    const departure = await left('p2', 'Ochsner')

    const kept = await change('keep', departure, { reason: 'the mailbox is needed' })
    await daysPass(world, 'p2', 31)
    await twoLooks()
    const meanwhile = await deletionsOf(world, 'p2')
    const again = await change('keep', departure, { reason: 'the mailbox is needed' })
    const soon = new Date(Date.now() + 1_500).toISOString()
    const named = await change('postpone', departure, { until: soon, reason: 'not needed any more' })

    assert.deepEqual([kept.status, kept.body.state, meanwhile, again.status], [200, 'kept', [], 409])
    assert.deepEqual([named.status, named.body.state, named.body.deleteAt], [200, 'waiting', soon])
    await until(async () => (await deletionsOf(world, 'p2'))[0]?.state === 'succeeded')
  })

  test('do not bring a deletion forward, and say what and why', async () => {
    const departure = await left('p3', 'Pfister')
    const earlier = new Date(Date.parse(departure.deleteAt) - day).toISOString()

    const answers = [
      await change('postpone', departure, { until: earlier, reason: 'rather sooner' }),
      await change('postpone', departure, { until: 'tomorrow', reason: 'rather later' }),
      await change('keep', departure, { reason: '' }),
      await change('keep', { ...departure, id: '018f0000-0000-7000-8000-000000000000' }, { reason: 'whoever it is' }),
    ]

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.errors?.[0]?.pointer]),
      [
        [422, '/until'],
        [422, '/until'],
        [422, '/reason'],
        [404, undefined],
      ],
    )
  })

  test('need the right to; a source sees its own and changes nothing', async () => {
    const departure = await left('p4', 'Rast')
    await addPeople(world, ['rosa'], 'reader')
    const reader = await world.login('rosa', 'password of rosa')
    const other = { Authorization: `Bearer other_${'x'.repeat(40)}` }

    const [asReader, asSource] = [
      await change('keep', departure, { reason: 'because I can' }, reader),
      await world.call('POST', `/api/v1/departures/${departure.id}/keep`, { reason: 'because I can' }),
    ]
    const seen = await world.call<Departure>('GET', `/api/v1/departures/${departure.id}`, undefined, reader)
    const foreign = await world.call('GET', `/api/v1/departures/${departure.id}`, undefined, other)

    assert.deepEqual(
      [asReader.status, asSource.status, seen.status, seen.body.mayChange, foreign.status],
      [403, 403, 200, false, 404],
    )
  })
})

describe('when the rules change during the grace', () => {
  const publish = async (lifecycle: object | undefined) => {
    const rules = rulesForLeavers() as { targets: { directory: object; intranet: object } }
    const { lifecycle: _, ...intranet } = rules.targets.intranet as { lifecycle: object }
    const targets = { ...rules.targets, intranet: lifecycle === undefined ? intranet : { ...intranet, lifecycle } }
    world.configure({ ruleSet: { ...rules, targets } })
    const { code, output } = await world.cli('apply')
    assert.equal(code, 0, output)
  }

  test('a longer grace counts, a shorter one does not, and without one the account stays', async () => {
    for (const [externalId, familyName] of [
      ['r1', 'Stalder'],
      ['r2', 'Tanner'],
    ] as const) {
      await world.submit(joiner(externalId, familyName))
      await ask(world, 'disable', externalId)
    }

    await publish({ deleteAfter: '1d' })
    await daysPass(world, 'r1', 5)
    await twoLooks()
    const shorter = await deletionsOf(world, 'r1')
    await publish({ deleteAfter: '60d' })
    await daysPass(world, 'r1', 26)
    await twoLooks()
    const longer = await deletionsOf(world, 'r1')
    await publish(undefined)
    await daysPass(world, 'r1', 30)
    await daysPass(world, 'r2', 31)
    await twoLooks()
    const without = [await deletionsOf(world, 'r1'), await deletionsOf(world, 'r2')]

    assert.deepEqual([shorter, longer, without], [[], [], [[], []]])
    const kept = (await departuresOf(world, 'r1')).find(({ target }) => target === 'intranet')
    assert.deepEqual([kept?.state, kept?.problem?.code], ['kept', 'cancelled'])
    assert.match(kept?.problem?.hint ?? '', /new day/)
  })
})
