/** An HTTPS server on loopback whose certificate is signed by its own certification authority. Needs `openssl`. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { run } from './command.ts'
import { inFolder } from './workshop.ts'

/** A server that answers every request with 200 and its text. */
export interface TlsServer {
  /** `https://localhost:PORT/`. */
  readonly url: string
  /** The authority's certificate, PEM. */
  readonly authority: string
}

/** Runs with a server. @param text - its answer */
export async function withTlsServer(text: string, work: (server: TlsServer) => Promise<void>): Promise<void> {
  const { key, cert, authority } = await inFolder(certificates)
  const server = createServer({ key, cert }, (_request, response) => response.end(text))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    await work({ url: `https://localhost:${address.port}/`, authority })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Creates an authority, a server's certificate and one for clients in a directory. */
export async function certificates(
  cwd: string,
): Promise<{ key: string; cert: string; authority: string; clientKey: string; clientCert: string }> {
  const request = async (name: string, words: readonly string[]): Promise<string> => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`]
    await run('openssl', ['req', '-x509', '-days', '2', ...key, '-out', `${name}.pem`, ...words], { cwd })
    return readFileSync(join(cwd, `${name}.pem`), 'utf8')
  }
  const authority = await request('ca', ['-subj', '/O=slipway/CN=Test authority'])
  const cert = await request('server', [
    ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
  ])
  const clientCert = await request('client', [
    ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', '/CN=client'],
    ...['-addext', 'extendedKeyUsage=clientAuth', '-addext', 'basicConstraints=critical,CA:FALSE'],
  ])
  const keyOf = (name: string): string => readFileSync(join(cwd, `${name}.key`), 'utf8')
  return { key: keyOf('server'), cert, authority, clientKey: keyOf('client'), clientCert }
}
