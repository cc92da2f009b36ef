/** Whoever receives a source's webhook: a real HTTP server that keeps what came, and answers as the test says. */
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface ReceivedCall {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface TestReceiver extends AsyncDisposable {
  readonly url: string
  readonly calls: readonly ReceivedCall[]
  /** What is answered from now on; 204 at first. */
  answer: (response: ServerResponse) => void
  /** Waits for as many calls as match. */
  received(matches: (call: ReceivedCall) => boolean, count?: number, withinMs?: number): Promise<readonly ReceivedCall[]>
}

export async function openReceiver(): Promise<TestReceiver> {
  const calls: ReceivedCall[] = []
  let answer: TestReceiver['answer'] = (response) => response.writeHead(204).end()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      calls.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    get answer() {
      return answer
    },
    set answer(next) {
      answer = next
    },
    async received(matches, count = 1, withinMs = 15_000) {
      for (const end = Date.now() + withinMs; ; await delay(50)) {
        const own = calls.filter(matches)
        if (own.length >= count) return own
        if (Date.now() > end) throw new Error(`${own.length} calls came instead of ${count}`)
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
