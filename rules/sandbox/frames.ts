/**
 * Messages over the pipes between the gateway and a sandbox process: four bytes of length, then JSON. Node's own IPC channel is as
 * fast, but it reads a message of any size before anyone can object.
 */

const headerBytes = 4

/** Throws TypeError when the message cannot be JSON. */
export function toFrame(message: unknown): Buffer {
  const frame = Buffer.from(`    ${JSON.stringify(message)}`)
  frame.writeUInt32BE(frame.length - headerBytes, 0)
  return frame
}

export interface FrameReader {
  /** Takes a chunk from the pipe; calls back for each whole message. After a message that is too long nothing is read any more. */
  push(chunk: Buffer): void
}

/** `onMessage` gets parsed JSON; `onBroken` is called once, when a message is longer than `largest` bytes or is not JSON. */
export function createFrameReader(
  largest: number,
  onMessage: (message: unknown) => void,
  onBroken: (reason: string) => void,
): FrameReader {
  let chunks: Buffer[] = []
  let held = 0
  let broken = false
  const stop = (reason: string) => {
    broken = true
    chunks = []
    onBroken(reason)
  }
  /** The next message's bytes, or null while they are incomplete. */
  const take = (): Buffer | null => {
    if (held < headerBytes) return null
    const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (whole === undefined) return null
    chunks = [whole]
    const length = whole.readUInt32BE(0)
    if (length > largest) {
      stop(`a message of ${length} bytes, more than ${largest}`)
      return null
    }
    if (held < headerBytes + length) return null
    chunks = [whole.subarray(headerBytes + length)]
    held -= headerBytes + length
    return whole.subarray(headerBytes, headerBytes + length)
  }
  return {
    push(chunk) {
      if (broken) return
      chunks.push(chunk)
      held += chunk.length
      for (let bytes = take(); bytes !== null && !broken; bytes = take()) {
        let message: unknown
        try {
          message = JSON.parse(bytes.toString('utf8'))
        } catch {
          stop('a message that is not JSON')
          return
        }
        onMessage(message)
      }
    },
  }
}
