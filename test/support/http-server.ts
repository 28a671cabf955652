/** HTTP servers on loopback for one test file; all are closed after its tests. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { after } from 'node:test'

const servers: (Server | TlsServer)[] = []
after(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

/** Starts a server; returns the address of a file on it. */
export async function serve(listener: RequestListener): Promise<URL> {
  return new URL(`http://127.0.0.1:${await listening(createServer(listener))}/file`)
}

/** Starts a server that was created elsewhere; returns its port. */
export async function listening(server: Server | TlsServer): Promise<number> {
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
