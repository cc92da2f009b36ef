/** A person's whole life in two targets, through the API, on both queue engines. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { verify } from '@node-rs/argon2'
import { findAccount, findPerson, shippedRules, sqlTargets, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type World } from '#tests/harness/world.ts'
import type { ProblemDetails, RequestDetail } from '#server/api/types.ts'

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let world: World
    before(async () => {
      world = await openWorld({ engine, targets: sqlTargets, ruleSet: shippedRules() })
    })
    after(() => world[Symbol.asyncDispose]())

    test('a newcomer has an account in every target that the rules want, with groups and a password', async () => {
      const { status, body } = await world.submit(newcomer('n1', 'Keller', { secrets: { password: 'Correct-Horse-1' } }))

      assert.deepEqual([status, body.state, operations(body)], [201, 'succeeded', ['create directory', 'create intranet']])
      const person = await findPerson(world, 'Keller')
      assert.deepEqual([person?.login, person?.active, person?.groups], ['akeller', true, ['everyone', 'finance']])
      assert.equal(await verify(person?.password ?? '', 'Correct-Horse-1'), true)
      assert.equal((await findAccount(world, 'akeller'))?.status, 'active')
    })

    test('a mover loses the old department’s group and gets the new one’s, and what was not named stays', async () => {
      await world.submit(newcomer('m1', 'Lindt', { attributes: { title: 'Clerk' } }))

      const moved = await ask(world, 'update', 'm1', { attributes: { organizationalUnit: 'Legal' } })

      const person = await findPerson(world, 'Lindt')
      assert.equal(moved.state, 'succeeded')
      assert.deepEqual([person?.groups, person?.department, person?.title], [['everyone', 'legal'], 'Legal', 'Clerk'])
      assert.equal((await findAccount(world, 'alindt'))?.service, 'Legal')
    })

    test('asking again for what is there already writes nothing', async () => {
      await world.submit(newcomer('same', 'Weiss'))
      const before = await targetsDump(world)

      const { status, body } = await world.submit(newcomer('same', 'Weiss'))

      assert.deepEqual([status, body.kind, body.state], [200, 'update', 'succeeded'])
      assert.deepEqual(
        body.details.map(({ disposition }) => disposition),
        ['noop', 'noop'],
      )
      assert.equal(await targetsDump(world), before)
    })

    test('a leaver is disabled everywhere and keeps the password; an enabled one is back', async () => {
      await world.submit(newcomer('d1', 'Moreau', { secrets: { password: 'Correct-Horse-2' } }))

      const disabled = await ask(world, 'disable', 'd1')
      const off = [(await findPerson(world, 'Moreau'))?.active, (await findAccount(world, 'amoreau'))?.status]
      const enabled = await ask(world, 'enable', 'd1')
      const on = [(await findPerson(world, 'Moreau'))?.active, (await findAccount(world, 'amoreau'))?.status]

      assert.deepEqual([disabled.state, enabled.state], ['succeeded', 'succeeded'])
      assert.deepEqual(
        [off, on],
        [
          [false, 'disabled'],
          [true, 'active'],
        ],
      )
      assert.equal(await verify((await findPerson(world, 'Moreau'))?.password ?? '', 'Correct-Horse-2'), true)
    })

    test('who comes back gets the groups and the targets of today', async () => {
      await world.submit(newcomer('back', 'Petit', { attributes: { employeeType: 'external' } }))
      await ask(world, 'disable', 'back')
      const away = await ask(world, 'update', 'back', { attributes: { organizationalUnit: 'Legal', employeeType: 'staff' } })
      const whileAway = await findAccount(world, 'apetit')

      const back = await ask(world, 'enable', 'back')

      assert.deepEqual(operations(away), ['update directory'])
      assert.equal(whileAway, null, 'nothing opens an account for who is disabled')
      assert.deepEqual([back.state, operations(back)], ['succeeded', ['enable directory', 'create intranet']])
      const person = await findPerson(world, 'Petit')
      assert.deepEqual([person?.active, person?.groups], [true, ['everyone', 'legal']])
      assert.equal((await findAccount(world, 'apetit'))?.status, 'active')
    })

    test('a creation of somebody disabled brings them back as stated', async () => {
      await world.submit(newcomer('again', 'Roth'))
      await ask(world, 'disable', 'again')

      const { status, body } = await world.submit(newcomer('again', 'Roth', { attributes: { organizationalUnit: 'Sales' } }))

      assert.deepEqual([status, body.kind, body.state], [200, 'enable', 'succeeded'])
      const person = await findPerson(world, 'Roth')
      assert.deepEqual([person?.active, person?.groups], [true, ['everyone', 'sales']])
    })

    test('a new password is the only thing that a password request changes', async () => {
      await world.submit(newcomer('p1', 'Sauter', { secrets: { password: 'Correct-Horse-3' } }))
      const before = await findPerson(world, 'Sauter')

      const changed = await ask(world, 'password', 'p1', { secrets: { password: 'Correct-Horse-4' } })

      const person = await findPerson(world, 'Sauter')
      assert.deepEqual([changed.state, operations(changed)], ['succeeded', ['password directory']])
      assert.equal(await verify(person?.password ?? '', 'Correct-Horse-4'), true)
      assert.deepEqual({ ...person, password: '' }, { ...before, password: '' })
    })

    test('a membership request changes groups and nothing else', async () => {
      await world.submit(newcomer('g1', 'Tobler'))

      const changed = await ask(world, 'membership', 'g1', { attributes: { employeeType: 'external' } })

      const person = await findPerson(world, 'Tobler')
      assert.deepEqual([changed.state, operations(changed)], ['succeeded', ['membership directory']])
      assert.deepEqual([person?.groups, person?.department], [['everyone', 'externals', 'finance'], 'Finance'])
    })

    test('a deletion leaves nothing, and what is deleted is unknown from then on', async () => {
      await world.submit(newcomer('del', 'Urban'))

      const deleted = await ask(world, 'delete', 'del')

      assert.deepEqual([deleted.state, operations(deleted)], ['succeeded', ['delete directory', 'delete intranet']])
      assert.deepEqual([await findPerson(world, 'Urban'), await findAccount(world, 'aurban')], [null, null])
      const update = await world.submit({ kind: 'update', externalId: 'del', attributes: { title: 'Ghost' } })
      assert.equal(update.status, 404, 'a partial change must not bring half a person back')
      assert.equal((await world.submit(newcomer('del', 'Urban'))).status, 201)
    })

    test('disabling or deleting somebody unknown is done already, and reserves no name', async () => {
      const before = await targetsDump(world)
      const reserved = await world.query('select * from passerelle.reservation order by 1, 2')

      const [disabled, deleted] = [await ask(world, 'disable', 'nobody-1'), await ask(world, 'delete', 'nobody-2')]

      assert.deepEqual([disabled.state, disabled.steps, deleted.state, deleted.steps], ['succeeded', [], 'succeeded', []])
      assert.equal(await targetsDump(world), before)
      assert.deepEqual(await world.query('select * from passerelle.reservation order by 1, 2'), reserved)
    })

    test('somebody who was disabled before they were known starts enabled when they are created', async () => {
      await ask(world, 'disable', 'early')

      const created = await world.submit(newcomer('early', 'Vogel'))
      const updated = await ask(world, 'update', 'early', { attributes: { title: 'Clerk' } })

      assert.deepEqual([created.body.kind, created.body.state, updated.state], ['create', 'succeeded', 'succeeded'])
      assert.deepEqual([(await findPerson(world, 'Vogel'))?.active, (await findPerson(world, 'Vogel'))?.title], [true, 'Clerk'])
    })

    test('any other change of somebody unknown is refused with what to do, and nothing is kept', async () => {
      const bodies = [
        { kind: 'update', attributes: { title: 'Clerk' } },
        { kind: 'enable' },
        { kind: 'membership', attributes: { employeeType: 'external' } },
        { kind: 'password', secrets: { password: 'Correct-Horse-5' } },
      ]
      for (const body of bodies) {
        const answer = await world.call<ProblemDetails>('POST', '/api/v1/requests', { externalId: 'stranger', ...body })

        assert.deepEqual(
          [answer.status, answer.body.code, answer.body.errors?.[0]?.pointer],
          [404, 'missing', '/externalId'],
          body.kind,
        )
        assert.match(answer.body.hint ?? '', /"create"/)
      }
      assert.deepEqual(await world.query(`select 1 from passerelle.identity where key = 'stranger'`), [])
    })
  })

function newcomer(externalId: string, familyName: string, { attributes = {}, ...more }: Record<string, unknown> = {}) {
  return {
    kind: 'create',
    externalId,
    ...more,
    attributes: { givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...(attributes as object) },
  }
}

async function ask(world: World, kind: string, externalId: string, more: object = {}): Promise<RequestDetail> {
  const { status, body } = await world.submit({ kind, externalId, ...more })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

function operations({ plan }: RequestDetail): string[] {
  return plan.steps.map(({ operation, target }) => `${operation} ${target}`)
}
