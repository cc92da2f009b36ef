/**
 * Encryption in front of a server that is spoken to in clear: a fault proxy between the two still recognises the requests of a client that
 * encrypts everything.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { makeCertificate } from './certificate.ts'
import { removeFolder, temporaryFolder } from './daemon.ts'

export interface TlsFront extends AsyncDisposable {
  readonly port: number
  readonly ca: string
}

/** Whatever happens to one side of a connection happens to the other. */
export async function openTlsFront(to: { readonly host: string; readonly port: number }): Promise<TlsFront> {
  const folder = temporaryFolder('tls-front', null)
  const ca = makeCertificate(folder)
  const sockets = new Set<Socket>()
  const server = createServer({ cert: ca, key: readFileSync(join(folder, 'key.pem')) }, (client) => {
    const behind = connect({ host: to.host, port: to.port, noDelay: true })
    client.pipe(behind)
    behind.pipe(client)
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the front has no port')
  return {
    port: address.port,
    ca,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      removeFolder(folder)
    },
  }
}
