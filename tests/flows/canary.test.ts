/**
 * No secret in clear anywhere: canaries go in by every door (a password, a target's secret, bodies that are refused), through success,
 * refusals that quote values, and rollback; then everything that is kept, printed, queued or answered is searched for them.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { verify } from '@node-rs/argon2'
import { Redis } from 'ioredis'
import { findPerson, shippedRules, sqlTargets, targetDatabase } from '#tests/harness/sql-targets.ts'
import type { TestPostgres } from '#tests/harness/postgres.ts'
import { openWorld, type Targets, type World } from '#tests/harness/world.ts'

const secrets = {
  password: 'Canary-Password-7431',
  'second password': 'Canary-Second-7432',
  'refused password': 'Canary-Refused-7433',
  'target secret': 'Canary-Target-7434',
  'body that is no JSON': 'Canary-Malformed-7435',
  'unknown member': 'Canary-Misplaced-7436',
  'encrypted for midPoint': 'Canary-Cipher-7437',
  'HTTP Basic': 'Canary-Basic-7438',
  login: 'Canary-Login-7439',
}
const respondAsync = { Prefer: 'respond-async' }
/** A value that may stand where the person's attributes stand, and nowhere else: targets quote it when they refuse. */
const quoted = 'canary.quoted.7440@corp.example'

for (const engine of ['redis', 'postgres'] as const)
  describe(`on ${engine}`, () => {
    let world: World
    let answers: readonly string[]
    let queued: () => Promise<string>
    before(async () => {
      world = await openWorld({ engine, targets: targetsWithSecret, ruleSet: shippedRules(), variables: { LOG_LEVEL: 'debug' } })
      queued = await watchQueue(world)
      answers = await story(world)
    })
    after(() => world[Symbol.asyncDispose]())

    test('the story happened: the password arrived as a hash, two requests were refused, one was rolled back in another target', async () => {
      assert.equal(await verify((await findPerson(world, 'Canary'))?.password ?? '', secrets['second password']), true)
      const states = await world.query('select state, count(*)::int as n from passerelle.request group by state order by state')
      assert.deepEqual(states, [
        { state: 'rolled_back', n: 3 },
        { state: 'succeeded', n: 2 },
      ])
    })

    test('no table of the gateway, nor of its queues, holds a secret', async () => {
      assert.deepEqual(found(await world.postgres.dump('passerelle')), [])
    })

    test('what is kept of a request that waits behind another holds no secret', async () => {
      const change = { kind: 'password', externalId: 'ok', secrets: { password: secrets.password } }
      const lock = await world.postgres.hold(targetDatabase, 'lock table directory.person in exclusive mode')

      const asked = [await world.submit(change, respondAsync), await world.submit(change, respondAsync)]
      const kept = await world.query('select state, change from passerelle.request where id = $1', [asked[1]?.body.id])
      const dump = await world.postgres.dump('passerelle')
      await lock[Symbol.asyncDispose]()
      for (const { body } of asked) await world.settled(body.id)

      assert.equal(kept[0]?.['state'], 'received')
      assert.notEqual(kept[0]?.['change'], null)
      assert.deepEqual(found(dump), [])
    })

    test('no command ever carried a secret to the queue, and nothing in it holds one', async () => {
      assert.deepEqual(found(await queued()), [])
    })

    test('no process printed a secret, nor a value that a target quoted', () => {
      const logs = [world.server, ...world.workers].map((process) => process.log()).join('\n')

      assert.match(logs, /a step was not applied/)
      assert.deepEqual(found(logs, [quoted]), [])
    })

    test('no answer of the API holds a secret, and no problem a value that a target quoted', () => {
      assert.ok(answers.length > 15)
      assert.deepEqual(found(answers.join('\n')), [])
      const problems = answers.flatMap((text) =>
        [...text.matchAll(/"(?:problem|error|hint|failedReason)":(\{[^{}]*\}|"[^"]*")/g)].map(([whole]) => whole),
      )
      assert.ok(problems.length > 3)
      assert.deepEqual(found(problems.join('\n'), [quoted]), [])
    })

    test('neither the audit trail nor the queue holds a value that a target quoted', async () => {
      const trail = await world.query(
        'select audit::text as row from passerelle.audit union all select outbox::text from passerelle.outbox',
      )

      assert.deepEqual(found(JSON.stringify(trail), [quoted]), [])
      assert.deepEqual(found(await queued(), [quoted]), [])
    })
  })

/** Both targets, the directory with a database user whose password is a canary. */
async function targetsWithSecret(postgres: TestPostgres): Promise<Targets> {
  const targets = await sqlTargets(postgres)
  await postgres.query('postgres', `create role gateway superuser login password '${secrets['target secret']}'`)
  const { config } = targets['directory'] as { config: Record<string, unknown> }
  const { url: _, ...rest } = config
  const { host, port } = postgres
  return {
    ...targets,
    directory: {
      connector: 'sql',
      config: { ...rest, host, port, database: targetDatabase, user: 'gateway', password: secrets['target secret'] },
    },
  }
}

/** Sends the canaries in by every door; gives every answer as text, headers included. */
async function story(world: World): Promise<readonly string[]> {
  const texts: string[] = []
  const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await world.call(method, path, body, headers)
    texts.push(JSON.stringify([answer.status, [...answer.headers], answer.body]))
    return answer
  }
  const create = (externalId: string, familyName: string, password: string, attributes: object = {}) =>
    call(
      'POST',
      '/api/v1/requests',
      { kind: 'create', externalId, attributes: { givenName: 'Ada', familyName, ...attributes }, secrets: { password } },
      { 'Idempotency-Key': externalId },
    )

  await create('ok', 'Canary', secrets.password)
  await call('POST', '/api/v1/requests', {
    kind: 'password',
    externalId: 'ok',
    secrets: { password: secrets['second password'] },
  })
  await world.postgres.query(targetDatabase, `insert into intranet.account (username, email) values ('stranger', '${quoted}')`)
  await create('taken', 'Unique', secrets['refused password'], { emailAddress: quoted })
  await create('forbidden', 'Check', secrets['refused password'], { title: 'Forbidden', emailAddress: quoted })
  await create('undone', 'Rollback', secrets['refused password'], { organizationalUnit: 'Refused', emailAddress: `x.${quoted}` })

  await call('POST', '/api/v1/requests', `{"kind":"create","secrets":{"password":"${secrets['body that is no JSON']}"`)
  await call('POST', '/api/v1/requests', { kind: 'create', externalId: 'x', attributes: { password: secrets['unknown member'] } })
  await call('POST', '/api/v1/requests', {
    kind: 'create',
    externalId: 'x',
    pasword: secrets['unknown member'],
  })
  const encryptedData = { cipherData: { cipherValue: secrets['encrypted for midPoint'] } }
  await call('POST', '/api/v1/inbound/midpoint', {
    user: { oid: 'e', name: 'e', credentials: { password: { value: { encryptedData } } } },
  })
  await call('GET', '/api/v1/requests', undefined, {
    Authorization: `Basic ${Buffer.from(`midpoint:${secrets['HTTP Basic']}`).toString('base64')}`,
  })
  await call('POST', '/api/v1/session', { name: secrets.login, password: secrets.login })

  const admin = await world.login()
  const { body: page } = await world.call<{ items: { id: string }[] }>('GET', '/api/v1/requests?limit=200')
  for (const { id } of page.items) for (const part of ['', '/plan', '/events']) await call('GET', `/api/v1/requests/${id}${part}`)
  await call('GET', '/api/v1/targets', undefined, admin)
  for (const queue of ['finalize', 'apply-directory', 'apply-intranet', 'undo-directory'])
    for (const status of ['failed', 'completed'])
      await call('GET', `/queues/api/queues?activeQueue=${queue}&status=${status}`, undefined, admin)
  return texts
}

/** What goes into the queue: every command sent to Redis and every key; BullMQ's own tables on PostgreSQL. */
async function watchQueue({ redis, postgres }: World): Promise<() => Promise<string>> {
  if (redis === null)
    return async () => {
      const tables = (await postgres.dump('passerelle')).split(/^(?=\S)/m).filter((table) => table.startsWith('bullmq.'))
      assert.ok(tables.length > 5)
      return tables.join('\n')
    }
  const client = new Redis(redis.url)
  const commands: string[] = []
  const monitor = await client.monitor()
  monitor.on('monitor', (_time, args: readonly string[]) => commands.push(args.join(' ')))
  let everything: Promise<string> | null = null
  const read = async () => {
    const kept: string[] = []
    for (const key of await client.keys('*')) kept.push(key, JSON.stringify(await readKey(client, key)))
    monitor.disconnect()
    client.disconnect()
    assert.ok(commands.length > 20 && kept.length > 20)
    return [...commands, ...kept].join('\n')
  }
  return () => (everything ??= read())
}

async function readKey(client: Redis, key: string): Promise<unknown> {
  const type = await client.type(key)
  switch (type) {
    case 'string':
      return client.get(key)
    case 'hash':
      return client.hgetall(key)
    case 'list':
      return client.lrange(key, 0, -1)
    case 'set':
      return client.smembers(key)
    case 'zset':
      return client.zrange(key, '0', '-1')
    case 'stream':
      return client.xrange(key, '-', '+')
    default:
      throw new Error(`a key of the unknown type ${type}`)
  }
}

/** The names of the canaries that stand in the text, in whatever spelling. */
function found(text: string, more: readonly string[] = []): string[] {
  const low = text.toLowerCase()
  const all: [string, string][] = [...Object.entries(secrets), ...more.map((value): [string, string] => ['quoted value', value])]
  return all.flatMap(([name, canary]) =>
    spellings(canary).flatMap(([spelling, written]) => (low.includes(written.toLowerCase()) ? [`${name} (${spelling})`] : [])),
  )
}

function spellings(canary: string): [string, string][] {
  const bytes = Buffer.from(canary)
  // Base64 depends on the place of the bytes: what is the same at each of the three is searched for.
  const base64 = [0, 1, 2].map((shift): [string, string] => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return [`base64 at ${shift}`, whole.slice(shift === 0 ? 0 : 4, Math.floor((bytes.length + shift) / 3) * 4)]
  })
  const digest = createHash('sha256').update(canary)
  return [
    ['text', canary],
    ['hex', bytes.toString('hex')],
    ['URL', encodeURIComponent(canary)],
    ...base64,
    ['SHA-256', digest.digest('hex')],
  ]
}
