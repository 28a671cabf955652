/** npm projects in directories of their own, and a small registry on loopback that serves packages packed in the test. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { thisMachine } from '../../src/actions/machine.ts'
import { makers, setKinds } from '../../src/actions/makers.ts'
import { downloadTo } from '../../src/actions/network.ts'
import { readProjectFile, writeProjectFile } from '../../src/actions/project.ts'
import { unwatched } from '../../src/base/event.ts'
import { fetchBlob } from '../../src/net/blob.ts'
import { get } from '../../src/net/document.ts'
import type { Access, Network } from '../../src/net/network.ts'
import type { NodeOptions, NodePackageSet } from '../../src/sets/node.ts'
import { node } from '../../src/sets/node.ts'
import type { Workshop } from '../../src/source/package.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { plain } from '../../src/tree/entry.ts'
import { type MemberSpec, tarOf } from './tar-of.ts'
import { inFolder, nowhere } from './workshop.ts'

/** A package's tarball, as the registry has it. */
export interface Packed {
  readonly name: string
  readonly version: string
  readonly manifest: Readonly<Record<string, unknown>>
  readonly bytes: Uint8Array
  readonly integrity: string
  /** Path of its tarball at the registry. */
  readonly path: string
}

/** Files of a package: text, bytes, or what tar members need. */
export type PackageFiles = Readonly<Record<string, string | Uint8Array>> | readonly MemberSpec[]

/** Packs a package. A list of members is packed as it is. */
export function pack(manifest: Readonly<Record<string, unknown>>, files: PackageFiles = {}): Packed {
  const [name, version] = [String(manifest.name), String(manifest.version ?? '1.0.0')]
  const described: MemberSpec = ['package/package.json', JSON.stringify({ version, ...manifest })]
  const members: readonly MemberSpec[] = isMembers(files)
    ? files
    : [described, ...Object.entries(files).map(([path, content]): MemberSpec => [`package/${path}`, content])]
  const bytes = gzipSync(tarOf(members), { level: 1 })
  const path = `/${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`
  return { name, version, manifest: { version, ...manifest }, bytes, integrity: sri(bytes), path }
}

function isMembers(files: PackageFiles): files is readonly MemberSpec[] {
  return Array.isArray(files)
}

/** The SHA-512 of bytes as lock files state it. */
export function sri(bytes: Uint8Array, algorithm: 'sha512' | 'sha1' = 'sha512'): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`
}

/** A member with a mode of its own. */
export function withMode(name: string, content: string, mode: number): MemberSpec {
  return [name, content, plain(mode)]
}

/** A request as the registry saw it. */
export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
}

/** A registry on loopback. */
export interface NpmRegistry extends AsyncDisposable {
  readonly url: URL
  readonly asked: readonly Asked[]
  publish(packed: Packed): void
  /** Answers requests before the registry does; false leaves them to it. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** Starts a registry. */
export async function serveNpm(packages: readonly Packed[] = []): Promise<NpmRegistry> {
  const files = new Map<string, Uint8Array>()
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    if (registry.answer(request, response)) return
    const bytes = files.get(decodeURIComponent(path))
    response.writeHead(bytes === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' })
    response.end(bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const registry: NpmRegistry = {
    url: new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`),
    asked,
    publish: ({ path, bytes }) => void files.set(path, bytes),
    answer: () => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  for (const packed of packages) registry.publish(packed)
  return registry
}

/** An entry of a lock file for a package of a registry. */
export function locked(
  { version, integrity, path, manifest }: Packed,
  registry: Pick<NpmRegistry, 'url'>,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const { name: _name, version: _version, scripts, devDependencies: _dev, ...rest } = manifest
  const hasScripts = scripts === undefined ? {} : { hasInstallScript: true }
  return { version, resolved: new URL(path, registry.url).href, integrity, ...rest, ...hasScripts, ...more }
}

/** What a test of a project has. */
export interface NpmTest {
  readonly registry: NpmRegistry
  /** The project's directory. */
  readonly home: string
  /** Writes files of the project; objects as JSON. */
  write(files: Readonly<Record<string, unknown>>): void
  /** Home of the user, with `.npmrc`; it need not exist. */
  readonly user: string
  /** Writes package.json and package-lock.json. */
  lock(manifest: Readonly<Record<string, unknown>>, packages: Readonly<Record<string, unknown>>): void
  /** A build's Workshop in the same store. */
  shop(change?: Partial<Workshop>): Workshop
  set(options?: NodeOptions): NodePackageSet
}

const network: Network = { pauses: [0, 0] }

/** The same way without waiting between attempts. */
function quick(access: Access = { network }): Access {
  return { ...access, network: { ...access.network, ...network } }
}

/** Works with a registry, an empty project and an empty store. */
export async function withNpm(work: (test: NpmTest) => Promise<void>, packages: readonly Packed[] = []): Promise<void> {
  await using registry = await serveNpm(packages)
  await inFolder(async (folder) => {
    await using store = await openStore(join(folder, 'store'))
    const home = join(folder, 'home')
    mkdirSync(home)
    const write: NpmTest['write'] = (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(home, name)), { recursive: true })
        const isText = typeof content === 'string' || content instanceof Uint8Array
        writeFileSync(join(home, name), isText ? content : JSON.stringify(content, null, 2))
      }
    }
    await work({
      ...{ registry, home, write, user: join(folder, 'user') },
      lock: (manifest, packages) =>
        write({
          'package.json': manifest,
          'package-lock.json': { lockfileVersion: 3, packages: { '': manifest, ...packages } },
        }),
      shop: (change = {}) => ({
        ...unwatched,
        ...{ makers, setKinds, store },
        now: new Date(1_700_000_000_000),
        architecture: 'amd64',
        lock: { frozen: false, update: false },
        commands: { rebuild: false },
        download: (urls, { access, ...expected }) =>
          downloadTo(store, { urls, expected: { ...expected, access: quick(access) } }, { ...unwatched, network }),
        fetch: (url, { access, ...expected }) => fetchBlob([url], { ...unwatched, ...expected, ...quick(access) }),
        get: (url, limit, access) => get(url, { limit, signal: unwatched.signal, ...quick(access) }),
        project: { read: readProjectFile, write: writeProjectFile },
        machine: { ...thisMachine({ HOME: join(folder, 'user') }), run: nowhere.run },
        registries: () => Promise.reject(new Error('this test has no registry of images')),
        ...change,
      }),
      set: (options = {}) => node({ directory: home, runtime: 'base', ...options }),
    })
  })
}
