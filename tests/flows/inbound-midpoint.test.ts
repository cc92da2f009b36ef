/** What midPoint sends, from the wire to the targets' rows. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { verify } from '@node-rs/argon2'
import type { ProblemDetails, RequestSummary } from '#server/api/types.ts'
import { findAccount, findPerson, sqlTargets, targetsDump } from '#tests/harness/sql-targets.ts'
import { openWorld, type Answer, type World } from '#tests/harness/world.ts'

const ruleSet = {
  name: 'default',
  identity: {
    login: `$exists(login) ? login : $lowercase(name)`,
    familyName: `$exists(familyName) ? familyName : $exists(fullName) ? fullName : name`,
  },
  targets: {
    directory: {
      correlate: { login: 'identity.login' },
      attributes: {
        login: 'identity.login',
        given_name: 'givenName',
        family_name: 'identity.familyName',
        mail: 'emailAddress',
        department: 'organizationalUnit[0]',
        password: { value: 'password', secret: true },
      },
      memberships: `$append(['everyone'], $append(organizationalUnit.$slug($), group))`,
    },
    intranet: {
      correlate: { username: 'identity.login' },
      attributes: { username: 'identity.login', full_name: 'fullName', service: 'organizationalUnit[0]' },
    },
  },
}

const hrKey = `hr_${'k'.repeat(40)}`
const orgKey = `org_${'k'.repeat(40)}`
const sources = {
  hr: { identifiers: ['badge', 'login'], credentials: [{ apiKey: hrKey }] },
  orgs: { objectTypes: ['org'], credentials: [{ apiKey: orgKey }] },
}

let world: World
before(async () => {
  world = await openWorld({ engine: 'postgres', targets: sqlTargets, ruleSet, sources })
})
after(() => world[Symbol.asyncDispose]())

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/midpoint/${name}.json`, import.meta.url), 'utf8'))

function send<Body = Answer['body']>(payload: unknown, { query = '', key = world.apiKey } = {}): Promise<Answer<Body>> {
  return world.call<Body>('POST', `/api/v1/inbound/midpoint${query}`, payload, { Authorization: `Bearer ${key}` })
}

/** A user of our own, as midPoint's notifications write one. */
function user(oid: string, familyName: string, more: object = {}) {
  return { user: { oid, name: familyName.toLowerCase(), givenName: 'Ada', familyName, organizationalUnit: 'Finance', ...more } }
}

const modify = (path: string, value: unknown, modificationType = 'replace') => ({
  objectModification: { itemDelta: { modificationType, path, value } },
})

describe('users', () => {
  test('a user becomes accounts; the same user again is known and writes nothing', async () => {
    const first = await send(fixture('user'))
    const before = await targetsDump(world)
    const again = await send(fixture('user'))

    assert.deepEqual([first.status, first.body.kind, first.body.state], [201, 'create', 'succeeded'])
    assert.equal(first.body.externalId, '7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e1001')
    const person = await findPerson(world, 'Müller')
    assert.deepEqual([person?.login, person?.given_name, person?.department], ['zmueller', 'Zoé', 'Trésorerie'])
    assert.deepEqual(person?.groups, ['audit', 'everyone', 'tresorerie'])
    assert.equal(await verify(person?.password ?? '', 'Fixture-Passw0rd-1'), true)
    assert.deepEqual([again.status, again.body.kind, again.body.state], [200, 'update', 'succeeded'])
    assert.deepEqual(withoutHash(await targetsDump(world)), withoutHash(before))
  })

  test('a delta by oid changes what it names: single values of lists too', async () => {
    const { body } = await send(fixture('delta-modify'))

    assert.deepEqual([body.kind, body.state], ['update', 'succeeded'])
    const person = await findPerson(world, 'Müller-Roche')
    assert.deepEqual([person?.login, person?.groups], ['zmueller', ['everyone', 'risques', 'tresorerie']])
  })

  test('disabled and enabled, by midPoint’s own PATCH body that has no oid', async () => {
    await send(user('u-1', 'Status'))

    const disabled = await send(fixture('modification-disable'), { query: '?oid=u-1' })
    const off = [(await findPerson(world, 'Status'))?.active, (await findAccount(world, 'status'))?.status]
    const enabled = await send(modify('activation/administrativeStatus', 'enabled'), { query: '?oid=u-1' })
    const on = [(await findPerson(world, 'Status'))?.active, (await findAccount(world, 'status'))?.status]

    assert.deepEqual([disabled.body.kind, disabled.body.state, off], ['disable', 'succeeded', [false, 'disabled']])
    assert.deepEqual([enabled.body.kind, enabled.body.state, on], ['enable', 'succeeded', [true, 'active']])
  })

  test('a modification without an oid is refused with what is missing', async () => {
    const answer = await send<ProblemDetails>(fixture('modification-disable'))

    assert.deepEqual([answer.status, answer.body.code], [422, 'not_understood'])
    assert.match(answer.body.hint ?? '', /oid/)
  })

  test('a new password reaches the target as a hash that verifies, and changes nothing else', async () => {
    await send(user('u-2', 'Secretive', { credentials: { password: { value: { clearValue: 'First-Passw0rd' } } } }))
    const before = await findPerson(world, 'Secretive')

    const { body } = await send(modify('credentials/password/value', { clearValue: 'Second-Passw0rd' }), { query: '?oid=u-2' })

    const person = await findPerson(world, 'Secretive')
    assert.deepEqual(
      [body.kind, body.state, body.plan.steps.map(({ target }) => target)],
      ['password', 'succeeded', ['directory']],
    )
    assert.match(person?.password ?? '', /^\$argon2id\$/)
    assert.equal(await verify(person?.password ?? '', 'Second-Passw0rd'), true)
    assert.deepEqual({ ...person, password: '' }, { ...before, password: '' })
  })

  test('a delta that deletes the user deletes the accounts; one about nobody is done already', async () => {
    await send(user('u-3', 'Leaver'))
    const goodbye = { objectDelta: { changeType: 'delete', objectType: 'UserType', oid: 'u-3' } }

    const [deleted, again] = [await send(goodbye), await send(goodbye)]

    assert.deepEqual([deleted.body.kind, deleted.body.state], ['delete', 'succeeded'])
    assert.deepEqual([await findPerson(world, 'Leaver'), await findAccount(world, 'leaver')], [null, null])
    assert.deepEqual([again.status, again.body.state, again.body.steps], [200, 'succeeded', []])
  })

  test('an empty modification asks for nothing, and makes no request', async () => {
    const { status, body } = await send<{ items: unknown[] }>(fixture('modification-empty'))

    assert.deepEqual([status, body.items], [200, []])
  })
})

describe('simplifiedJson', () => {
  test('add, modify and delete follow each other by the primary identifier', async () => {
    const added = await send(fixture('simplified-add'))
    const afterAdd = await findPerson(world, 'Rania Khan')
    const modified = await send(fixture('simplified-modify'))
    const afterModify = await findPerson(world, 'Rania Khan-Diallo')
    const deleted = await send(fixture('simplified-delete'))

    assert.deepEqual([added.body.state, modified.body.state, deleted.body.state], ['succeeded', 'succeeded', 'succeeded'])
    assert.deepEqual([afterAdd?.login, afterAdd?.groups], ['rkhan', ['everyone', 'staff', 'treasury']])
    assert.equal(await verify(afterAdd?.password ?? '', 'Fixture-Passw0rd-3'), true)
    assert.deepEqual(afterModify?.groups, ['audit', 'everyone', 'treasury'])
    assert.equal(await findAccount(world, 'rkhan'), null)
  })
})

describe('what is refused', () => {
  test('an encrypted password is refused with its place, and nothing of the user is kept', async () => {
    const before = await targetsDump(world)

    const { status, body } = await send<ProblemDetails>(fixture('user-encrypted-password'))

    assert.deepEqual([status, body.code], [422, 'not_understood'])
    assert.match(body.errors?.[0]?.pointer ?? '', /^\/user\/credentials\/password/)
    assert.ok(body.hint)
    assert.equal(await targetsDump(world), before)
    assert.deepEqual(
      await world.query(`select 1 from passerelle.identity where external_id like '%1002' or display_name like '%Lefèvre%'`),
      [],
    )
    assert.equal((await world.postgres.dump('passerelle')).includes('Zml4dHVyZS1jaXBoZXItdmFsdWU'), false)
  })

  test('a message of somebody else is refused', async () => {
    assert.equal((await send(fixture('foreign-event'))).status, 422)
  })
})

describe('several at once', () => {
  test('a list of users is answered user by user', async () => {
    const { status, body } = await send<{ items: RequestSummary[] }>(fixture('users-list'))

    assert.equal(status, 202)
    const ended = await Promise.all(body.items.map(({ id }) => world.settled(id)))
    assert.deepEqual(
      ended.map(({ externalId, state }) => [externalId, state]),
      [
        ['7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e2001', 'succeeded'],
        ['bnguyen', 'succeeded'],
        ['7d1f0c52-3f0a-4c1e-9f63-2b8a5a0e2003', 'succeeded'],
      ],
    )
    assert.equal((await findPerson(world, 'Dupont'))?.given_name, 'Anne')
  })

  test('one that cannot be accepted says why, and the others are accepted all the same', async () => {
    const stranger = {
      objectDelta: {
        changeType: 'modify',
        objectType: 'UserType',
        oid: 'nobody',
        itemDelta: { modificationType: 'replace', path: 'title', value: 'x' },
      },
    }

    const { body } = await send<{ items: (RequestSummary & { problem: { code: string } | null })[] }>([
      user('u-4', 'Listed'),
      stranger,
    ])

    assert.deepEqual(
      [body.items[0]?.problem, body.items[1]?.problem?.code, body.items[1]?.externalId],
      [null, 'missing', 'nobody'],
    )
    assert.equal((await world.settled(body.items[0]?.id ?? '')).state, 'succeeded')
  })

  test('changes of one user in a list happen in the order of the list, with an Idempotency-Key too', async () => {
    await send(user('u-5', 'Ordered'))
    const titles = Array.from({ length: 8 }, (_, index) => ({
      objectModification: {
        oid: 'u-5',
        itemDelta: { modificationType: 'replace', path: 'emailAddress', value: `${index}@corp.example` },
      },
    }))

    const { body } = await world.call<{ items: RequestSummary[] }>('POST', '/api/v1/inbound/midpoint', titles, {
      'Idempotency-Key': 'list-1',
    })
    await Promise.all(body.items.map(({ id }) => world.settled(id)))

    assert.equal((await findPerson(world, 'Ordered'))?.mail, '7@corp.example')
  })
})

describe('what a source’s configuration tells the adapter', () => {
  const account = (badge: string, login: string) => ({
    operation: 'add',
    objectClass: 'AccountObjectClass',
    attributes: { badge: [badge], login: [login], fullName: [login] },
  })

  test('its identifiers name who an object without an id is', async () => {
    const [own, standard] = [await send(account('B-9', 'badged'), { key: hrKey }), await send(account('B-10', 'logged'))]

    assert.deepEqual([own.body.externalId, standard.body.externalId], ['B-9', 'logged'])
  })

  test('its object types are the only ones that it may send', async () => {
    const org = { org: { oid: 'o-1', name: 'clerks' } }

    const [allowed, refused, elsewhere] = [
      await send(org, { key: orgKey }),
      await send(user('u-6', 'Nobody'), { key: orgKey }),
      await send(org),
    ]

    assert.deepEqual([allowed.body.state, refused.status, elsewhere.status], ['succeeded', 422, 422])
  })
})

/** A password is hashed with a new salt each time it is set. */
function withoutHash(dump: string): string {
  return dump.replaceAll(/\$argon2id\$[\w=,$+/]+/g, '…')
}
