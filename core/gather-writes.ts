/**
 * Many small commands, one system call. What a coalesced ledger write answers goes on in one turn of the event loop, and so hundreds of
 * commands to Redis are written at once; ioredis sends each of them in a system call, and a packet, of its own.
 */
import type { Socket } from 'node:net'

/** From now on, what is written to the socket in one turn leaves together; the order stays. */
export function gatherWrites(socket: Pick<Socket, 'write' | 'cork' | 'uncork'>): void {
  const write = socket.write.bind(socket) as (...parts: unknown[]) => boolean
  let gathers = false
  socket.write = (...parts: unknown[]) => {
    if (!gathers) {
      gathers = true
      socket.cork()
      // After the promises that are ready now: they are the ones who write.
      process.nextTick(() => {
        gathers = false
        socket.uncork()
      })
    }
    return write(...parts)
  }
}
