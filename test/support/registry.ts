/** Debian's docker-registry on loopback: with or without a login, with or without TLS, with or without client certificates. */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import { missing } from './command.ts'
import { startDaemon } from './daemon.ts'
import { temporaryFolder } from './temporary.ts'
import { certificates } from './tls-server.ts'

/** Why tests that need it are skipped. */
export const noRegistry: string | false = missing('docker-registry')

/** Setup of a registry. */
export interface RegistrySetup {
  /** Requires the user "alice" with the password "secret". */
  readonly login?: boolean
  readonly tls?: 'server' | 'client'
}

/** A running registry. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** A directory of certificates for `--cert-dir`: the authority, and a client's. */
  readonly certDir: string
  /** Its storage directory. */
  readonly storage: string
}

/** bcrypt of "secret". */
const htpasswd = 'alice:$2b$04$e4vSwF5qfn9HakDPVKX48esdVRrQG9VuRom/R2u.FI7osk9uZXF2S\n'

/** Starts a registry for the tests of a file. */
export async function startRegistry({ login = false, tls }: RegistrySetup = {}): Promise<TestRegistry> {
  const folder = temporaryFolder()
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const host = `127.0.0.1:${await freePort()}`
  const certDir = join(folder, 'certs')
  const storage = join(folder, 'storage')
  mkdirSync(certDir)
  const http = { addr: host, secret: 'of this test', ...(tls === undefined ? {} : { tls: await tlsIn(folder, tls) }) }
  const auth = login ? { auth: { htpasswd: { realm: 'test', path: file('htpasswd', htpasswd) } } } : {}
  const config = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http,
    ...auth,
  }
  // JSON is YAML.
  const daemon = await startDaemon(
    'docker-registry',
    ['serve', file('config.yml', JSON.stringify(config))],
    'listening on',
  )
  after(daemon.stop)
  return { host, certDir, storage }
}

async function tlsIn(folder: string, tls: 'server' | 'client'): Promise<object> {
  const made = await certificates(folder)
  const certDir = join(folder, 'certs')
  writeFileSync(join(certDir, 'ca.crt'), made.authority)
  if (tls === 'client') {
    writeFileSync(join(certDir, 'client.cert'), made.clientCert)
    writeFileSync(join(certDir, 'client.key'), made.clientKey)
  }
  return {
    certificate: join(folder, 'server.pem'),
    key: join(folder, 'server.key'),
    ...(tls === 'client' ? { clientcas: [join(folder, 'ca.pem')] } : {}),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
