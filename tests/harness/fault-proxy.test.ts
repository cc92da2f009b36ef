/** A proxy that is to prove what others do under faults must itself do what it says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { openFaultProxy, type FaultProxy } from './fault-proxy.ts'

/** Answers every chunk with itself in capitals, and remembers what it got. */
async function openEcho() {
  const got: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      got.push(bytes.toString())
      socket.write(bytes.toString().toUpperCase())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const proxy = await openFaultProxy({ to: { host: '127.0.0.1', port: address.port } })
  return {
    got,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** What comes back for a request: the answer, the error's code, or silence. */
async function ask(proxy: FaultProxy, request: string, socket = connect(proxy.port, proxy.host)): Promise<string> {
  socket.write(request)
  const answer = await Promise.race([
    once(socket, 'data').then(
      ([bytes]) => String(bytes),
      (error: unknown) => String((error as { code?: unknown }).code),
    ),
    new Promise<string>((resolve) => setTimeout(() => resolve('silence'), 150)),
  ])
  socket.destroy()
  return answer
}

test('a healthy proxy passes requests and replies', async () => {
  await using echo = await openEcho()

  assert.equal(await ask(echo.proxy, 'hello'), 'HELLO')
})

test('a cut reply reaches nobody although the server got the request, once', async () => {
  await using echo = await openEcho()
  echo.proxy.cutNextReply()

  assert.equal(await ask(echo.proxy, 'commit'), 'ECONNRESET')
  assert.deepEqual([echo.got, echo.proxy.cuts], [['commit'], 1])
  assert.equal(await ask(echo.proxy, 'again'), 'AGAIN')
})

test('only the reply to the request that is meant is cut', async () => {
  await using echo = await openEcho()
  echo.proxy.cutReplyAfter((request) => request.includes('commit'))

  assert.equal(await ask(echo.proxy, 'read'), 'READ')
  assert.equal(await ask(echo.proxy, 'commit'), 'ECONNRESET')
})

test('hanging forwards nothing, a black hole swallows the replies only, and healing ends both', async () => {
  await using echo = await openEcho()

  echo.proxy.hang()
  assert.equal(await ask(echo.proxy, 'one'), 'silence')
  await echo.proxy.heal()
  echo.proxy.blackhole()
  assert.equal(await ask(echo.proxy, 'two'), 'silence')
  await echo.proxy.heal()

  assert.equal(await ask(echo.proxy, 'three'), 'THREE')
  assert.deepEqual(echo.got, ['two', 'three'])
})

test('a delayed reply comes late, and resetting breaks what is open', async () => {
  await using echo = await openEcho()
  echo.proxy.delay(50)
  const started = performance.now()

  assert.equal(await ask(echo.proxy, 'slow'), 'SLOW')
  assert.ok(performance.now() - started >= 45)

  const socket = connect(echo.proxy.port, echo.proxy.host)
  await once(socket, 'connect')
  await new Promise((resolve) => setTimeout(resolve, 20))
  const broken = once(socket, 'error')
  echo.proxy.reset()
  assert.equal(((await broken)[0] as { code: string }).code, 'ECONNRESET')
})

test('refusing closes the port, and healing opens the same one', async () => {
  await using echo = await openEcho()
  const { port } = echo.proxy

  await echo.proxy.refuse()
  assert.equal(await ask(echo.proxy, 'x'), 'ECONNREFUSED')
  await echo.proxy.heal()

  assert.equal(await ask(echo.proxy, 'y'), 'Y')
  assert.equal(echo.proxy.port, port)
})
