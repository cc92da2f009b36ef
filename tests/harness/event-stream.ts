/** Server-sent events as a client reads them (HTML standard §9.2), so that tests wait for what happens and never for the clock. */
import type { World } from './world.ts'

export interface StreamedEvent<Data> {
  readonly id: string | null
  readonly event: string | null
  readonly data: Data
}

export interface EventStream<Data> {
  /** Resolves when the server has answered. */
  readonly opened: Promise<void>
  /** All events up to the end of the stream. */
  all(): Promise<readonly StreamedEvent<Data>[]>
  /** The data of all events up to the first that `isLast` accepts; closes the stream. */
  until(isLast: (data: Data) => boolean): Promise<readonly Data[]>
}

const patienceMs = 20_000

export function readEvents<Data = unknown>(
  { url, apiKey }: Pick<World, 'url' | 'apiKey'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): EventStream<Data> {
  const closing = new AbortController()
  const response = fetch(url + path, {
    headers: { Authorization: `Bearer ${apiKey}`, Accept: 'text/event-stream', ...headers },
    signal: AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)]),
  })

  async function* events(): AsyncGenerator<StreamedEvent<Data>> {
    const { body, status } = await response
    if (status !== 200 || body === null) throw new Error(`${path} was answered with ${status}`)
    let text = ''
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null
        const data = field('data')
        // A ping has an event's form and no data.
        if (data !== null && data !== '') yield { id: field('id'), event: field('event'), data: JSON.parse(data) as Data }
      }
    }
  }
  return {
    opened: response.then(() => undefined),
    all: () => Array.fromAsync(events()),
    async until(isLast) {
      const seen: Data[] = []
      for await (const { data } of events()) {
        seen.push(data)
        if (isLast(data)) break
      }
      closing.abort()
      return seen
    },
  }
}
