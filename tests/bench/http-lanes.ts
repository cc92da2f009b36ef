/**
 * The benchmark's HTTP client: keep-alive connections that send one request at a time and read no more of an answer than its status and its
 * length. Node's own client costs a twentieth of what it would measure.
 */
import { connect, type Socket } from 'node:net'

export interface HttpLanes extends Disposable {
  /** Resolves with the answer's status. Throws when the connection is lost before the answer is whole. */
  post(body: string): Promise<number>
}

interface Lane {
  readonly socket: Socket
  read: Buffer
  waiting: PromiseWithResolvers<number> | null
}

/** @param headers of every request, besides Host, Content-Type and Content-Length */
export function openHttpLanes(url: URL, headers: Readonly<Record<string, string>>): HttpLanes {
  const idle: Lane[] = []
  const open = new Set<Lane>()
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n${lines.join('')}Content-Length: `

  const openLane = (): Lane => {
    const lane: Lane = { socket: connect(Number(url.port), url.hostname).setNoDelay(), read: Buffer.alloc(0), waiting: null }
    open.add(lane)
    const lost = (error: Error) => {
      open.delete(lane)
      if (idle.includes(lane)) idle.splice(idle.indexOf(lane), 1)
      lane.waiting?.reject(error)
      lane.waiting = null
    }
    lane.socket.on('data', (chunk: Buffer) => hear(lane, chunk))
    lane.socket.on('error', lost)
    // The server closes what nobody used for some seconds.
    lane.socket.on('close', () => lost(new Error('the connection was closed before the answer was whole')))
    return lane
  }

  const hear = (lane: Lane, chunk: Buffer) => {
    lane.read = lane.read.length === 0 ? chunk : Buffer.concat([lane.read, chunk])
    const status = wholeAnswer(lane.read)
    if (status === null) return
    const { waiting } = lane
    lane.read = Buffer.alloc(0)
    lane.waiting = null
    idle.push(lane)
    waiting?.resolve(status)
  }

  return {
    post(body) {
      const lane = idle.pop() ?? openLane()
      const waiting = Promise.withResolvers<number>()
      lane.waiting = waiting
      lane.socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`)
      return waiting.promise
    },
    [Symbol.dispose]() {
      for (const { socket } of open) socket.destroy()
    },
  }
}

/** The status of an answer that is there to its last byte, else null (RFC 9112, section 6.3: its length stands in its head). */
function wholeAnswer(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  // Nothing else is asked for here than what has one.
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head.split('\r\n', 1)[0]}`)
  return bytes.length < end + 4 + Number(length) ? null : Number(head.slice(9, 12))
}
