/** The one way out, against real sockets: where it goes, where it does not, and what it says of calls that fail. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createEgress, type EgressCall, type EgressOptions } from '#core/egress.ts'
import { makeCertificate } from '#tests/harness/certificate.ts'

const here = ['127.0.0.0/8']
let server: Server
let port: number
let answer: RequestListener = (_request, response) => response.end('{}')
const calls: string[] = []

before(async () => {
  server = createServer((request, response) => {
    calls.push(`${request.method} ${request.headers.host} ${request.url}`)
    answer(request, response)
  })
  port = await listening(server)
})
after(() => server.closeAllConnections() ?? server.close())

async function listening(one: Pick<Server, 'listen' | 'address' | 'once'>): Promise<number> {
  one.listen(0, '127.0.0.1')
  await once(one as Server, 'listening')
  return (one.address() as AddressInfo).port
}

/** One call, through an egress of its own. */
async function send(options: EgressOptions, call: Partial<EgressCall> = {}) {
  await using egress = createEgress(options)
  return await egress.send({ method: 'GET', url: `http://127.0.0.1:${port}/`, effect: 'read', ...call })
}

async function failure(options: EgressOptions, call: Partial<EgressCall> = {}): Promise<readonly unknown[]> {
  return send(options, call).then(
    ({ status }) => ['answered', status],
    ({ code, sent }: { code: unknown; sent: unknown }) => [code, sent],
  )
}

describe('where calls go', () => {
  test('this machine is not called unless it is allowed, in whatever way its address is written', async () => {
    const hosts = [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '0',
      '[::ffff:127.0.0.1]',
      '[::1]',
    ]
    const seen = calls.length

    for (const host of hosts)
      assert.deepEqual([host, await failure({}, { url: `http://${host}:${port}/` })], [host, ['config', 'no']])

    assert.equal(calls.length, seen)
    assert.equal((await send({ allow: here })).status, 200)
    assert.equal((await send({ allow: here }, { url: `http://0177.0.0.1:${port}/` })).status, 200)
  })

  test('a name is resolved once for a connection, and the address that was judged is the one that is called', async () => {
    const addresses = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1']]
    let asked = 0
    const resolve = async () => addresses[asked++] ?? []

    const first = await send({ allow: here, resolve }, { url: `http://crm.example.org:${port}/first` })
    const rebound = await failure({ allow: here, resolve }, { url: `http://crm.example.org:${port}/second` })

    assert.deepEqual([first.status, rebound, asked], [200, ['config', 'no'], 2])
    assert.equal(calls.at(-1), `GET crm.example.org:${port} /first`)
  })

  test('of several addresses of a name only those that may be called are tried', async () => {
    const resolve = async () => ['::1', '169.254.169.254', '127.0.0.1']

    assert.equal((await send({ allow: here, resolve }, { url: `http://mixed.example.org:${port}/` })).status, 200)
    assert.deepEqual(await failure({ resolve }, { url: `http://mixed.example.org:${port}/` }), ['config', 'no'])
  })

  test('a redirect is an answer and is not followed, neither to a metadata service nor back to us', async () => {
    for (const location of ['http://169.254.169.254/latest/meta-data', `http://127.0.0.1:${port}/elsewhere`]) {
      answer = (_request, response) => response.writeHead(302, { Location: location }).end()
      const seen = calls.length

      const { status, headers } = await send({ allow: here }, { method: 'POST', effect: 'write', body: '{}' })

      assert.deepEqual([status, headers['location'], calls.length - seen], [302, location, 1])
    }
    answer = (_request, response) => response.end('{}')
  })

  test('proxies of the environment are not used', async () => {
    const known = { ...process.env }
    const proxy = createServer((_request, response) => response.writeHead(299).end())
    const proxyPort = await listening(proxy)
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'HTTPS_PROXY'])
      process.env[name] = `http://127.0.0.1:${proxyPort}`
    try {
      assert.equal((await send({ allow: here })).status, 200)
    } finally {
      process.env = known
      proxy.close()
    }
  })

  test('only http(s) URLs without a user are called', async () => {
    for (const url of ['ftp://example.org/', 'file:///etc/passwd', 'http://user:word@example.org/', 'no url', '//example.org/'])
      assert.deepEqual([url, await failure({ allow: here }, { url })], [url, ['config', 'no']])
  })

  test('clear text goes to this machine only, or where it is allowed', async () => {
    // An address that leads to this machine without being one of its loopback addresses.
    const options = { allow: ['0.0.0.0'], resolve: async () => ['0.0.0.0'] }
    const url = `http://printer.example.org:${port}/`

    assert.deepEqual(await failure(options, { url }), ['config', 'no'])
    assert.equal((await send({ ...options, allowClearText: true }, { url })).status, 200)
  })

  test('a header that would become two is refused before anything is sent', async () => {
    const seen = calls.length

    for (const headers of [{ 'X-Login': 'a\r\nX-Admin: 1' }, { 'X-Login': 'a\0' }, { 'X-Login': '李' }, { 'X Login': 'a' }])
      assert.deepEqual(await failure({ allow: here }, { headers }), ['invalid', 'no'])

    assert.equal(calls.length, seen)
  })
})

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-egress-'))
  const ca = makeCertificate(folder)
  const secure = createTlsServer({ cert: ca, key: readFileSync(join(folder, 'key.pem')) }, (_request, response) =>
    response.end('{}'),
  )
  let url: string
  before(async () => {
    url = `https://127.0.0.1:${await listening(secure)}/`
  })
  after(() => {
    secure.closeAllConnections()
    secure.close()
    rmSync(folder, { recursive: true })
  })

  test('a certificate that nobody vouches for is refused before anything is sent; the target’s own authority vouches', async () => {
    assert.deepEqual(await failure({ allow: here }, { url, effect: 'write', method: 'POST' }), ['config', 'no'])
    assert.equal((await send({ allow: here, ca }, { url })).status, 200)
  })

  test('a certificate of another host is refused, even from an authority that is trusted', async () => {
    const resolve = async () => ['127.0.0.1']

    assert.deepEqual(await failure({ allow: here, ca, resolve }, { url: url.replace('127.0.0.1', 'other.example.org') }), [
      'config',
      'no',
    ])
  })

  test('what comes before the first request can be tried step by step', async () => {
    await using egress = createEgress({ allow: here, ca, connectTimeoutMs: 500 })

    assert.equal(await egress.reach.name(url), '127.0.0.1')
    await egress.reach.tcp(url)
    assert.match(await egress.reach.tls(url), /^TLSv1\.[23]$/)
    await assert.rejects(egress.reach.tls(`https://127.0.0.1:${port}/`), { code: 'config', sent: 'no' })
    await assert.rejects(egress.reach.tcp('https://127.0.0.1:1/'), { code: 'transient', sent: 'no' })
    await assert.rejects(egress.reach.name('https://no-such-host.invalid/'), { code: 'transient', sent: 'no' })
  })
})

describe('calls that fail', () => {
  const options = { allow: here, timeoutMs: 300, connectTimeoutMs: 200 }
  const write = { method: 'POST', effect: 'write', body: '{}' } as const
  after(() => {
    answer = (_request, response) => response.end('{}')
  })

  test('what could not be connected was not sent', async () => {
    for (const call of [write, {}]) {
      assert.deepEqual(await failure(options, { ...call, url: 'http://127.0.0.1:1/' }), ['transient', 'no'])
      assert.deepEqual(await failure(options, { ...call, url: 'http://no-such-host.invalid/' }), ['transient', 'no'])
    }
  })

  test('a write that was sent and not answered has an unknown outcome; a read may be asked again', async () => {
    const troubles: RequestListener[] = [
      () => {},
      (request) => request.socket.resetAndDestroy(),
      (request) => request.socket.end(),
    ]
    for (const trouble of troubles) {
      answer = trouble
      assert.deepEqual(await failure(options, write), ['unknown_outcome', 'maybe'])
      assert.deepEqual(await failure(options), ['transient', 'no'])
    }
  })

  test('a job that ends cuts its call', async () => {
    const job = new AbortController()
    answer = () => job.abort()

    assert.deepEqual(await failure({ allow: here }, { ...write, signal: job.signal }), ['unknown_outcome', 'maybe'])
  })

  test('the status of an answer whose body is cut, or never ends, or is too large, is known', async () => {
    answer = (_request, response) => {
      response.writeHead(201, { 'Content-Length': '100' }).write('{"id"')
      setTimeout(() => response.destroy(), 20)
    }
    const cut = await send(options, write)
    answer = (_request, response) => void response.writeHead(201).write('{"id"')
    const endless = await send(options, write)
    answer = (_request, response) => response.writeHead(201).end('x'.repeat(2_000))
    const large = await send({ ...options, maxAnswerBytes: 1_000 }, write)

    assert.deepEqual(
      [cut.status, cut.end, endless.status, endless.end, large.status, large.end],
      [201, 'cut', 201, 'cut', 201, 'too_large'],
    )
  })

  test('a small answer that unpacks to a large one is too large', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)))

    const { end, text } = await send({ ...options, maxAnswerBytes: 100_000 })

    assert.equal(end, 'too_large')
    assert.ok(text.length <= 100_000)
  })

  test('connections that the server closed while they rested do not fail a read, however many there are', async () => {
    answer = (_request, response) => response.end('{}')
    await using egress = createEgress(options)
    const call = { method: 'GET', url: `http://127.0.0.1:${port}/`, effect: 'read' } as const
    await Promise.all([1, 2, 3].map(() => egress.send(call)))
    // Each connection that rests is closed at the very moment of its next request.
    let resting = 3
    answer = (request, response) => {
      if (resting-- > 0) request.socket.resetAndDestroy()
      else response.end('{}')
    }

    assert.equal((await egress.send(call)).status, 200)
  })
})
