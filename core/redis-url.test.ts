import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRedisUrl } from './redis-url.ts'

test('a standalone address has a port and may have a login, a database and TLS', () => {
  assert.deepEqual(parseRedisUrl('redis://cache').nodes, [{ host: 'cache', port: 6379 }])
  assert.deepEqual(parseRedisUrl('rediss://u%40corp:p%2Fw@[::1]:7000/3'), {
    nodes: [{ host: '::1', port: 7000 }],
    sentinel: undefined,
    cluster: false,
    username: 'u@corp',
    password: 'p/w',
    db: 3,
    tls: {},
  })
  assert.equal(parseRedisUrl('redis://:secret@cache').password, 'secret')
})

test('sentinels name their master, and have a port of their own', () => {
  const { nodes, sentinel, cluster } = parseRedisUrl('redis+sentinel://h1,h2:26380/mymaster')

  assert.deepEqual(
    [nodes, sentinel, cluster],
    [
      [
        { host: 'h1', port: 26_379 },
        { host: 'h2', port: 26_380 },
      ],
      'mymaster',
      false,
    ],
  )
})

test('a cluster is a list of nodes, with TLS where it is said', () => {
  const { nodes, cluster, tls, db } = parseRedisUrl('rediss+cluster://h1:7000,h2:7001')

  assert.deepEqual([nodes.length, cluster, tls, db], [2, true, {}, undefined])
})

test('an address that cannot be understood is refused with an example, and its password is not quoted', () => {
  for (const wrong of ['redis:/x', 'http://x', 'redis+sentinel://h1', 'redis://h/first', 'redis://:canary@h:port'])
    assert.throws(
      () => parseRedisUrl(wrong),
      (error: Error) => error.message.startsWith('REDIS_URL is wrong: ') && !error.message.includes('canary'),
      wrong,
    )
})
