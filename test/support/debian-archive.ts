/** A Debian archive on a loopback port: real `.deb`s, `Packages`, `InRelease` signed with its own key; and every way to send wrong data. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { createCleartextMessage, generateKey, type PrivateKey, type PublicKey, sign } from 'openpgp'
import { digestOf, hexOf } from '../../src/base/digest.ts'
import { type MemberSpec, tarOf } from './tar-of.ts'

/** A package to publish. */
export interface FakePackage {
  readonly name: string
  /** Default: "1.0". */
  readonly version?: string
  readonly architecture?: string
  /** Additional fields of its paragraph, such as `Depends`. */
  readonly fields?: Readonly<Record<string, string>>
  /** Fields that only the index has, instead of the true ones. */
  readonly index?: Readonly<Record<string, string>>
  readonly files?: readonly MemberSpec[]
  /** Maintainer scripts by name. */
  readonly scripts?: Readonly<Record<string, string>>
  /** Default: "bookworm"; or one that belongs to it; a suite that ends in "-security" is below the security base. */
  readonly suite?: string
}

/** Fields of `InRelease` files. */
export interface Publishing {
  readonly date?: Date
  readonly validUntil?: Date
  /** Whether there are contents indexes. Default: true. */
  readonly contents?: boolean
  /** Replaces the real one. */
  readonly codename?: string
  readonly signedBy?: PrivateKey
  /** Changes a signed `InRelease` before it is served. */
  readonly tamper?: (text: string) => string
}

/** Responds to a request instead of the archive. @param genuine - what the archive would send */
export type Intercept = (request: IncomingMessage, response: ServerResponse, genuine: Buffer | undefined) => void

/** A running archive. */
export interface FakeArchive extends AsyncDisposable {
  readonly mirrors: { readonly archive: string; readonly security: string }
  /** Its public key, armoured. */
  readonly keyring: string
  readonly key: PrivateKey
  /** Paths requested so far, with the query. */
  readonly requests: string[]
  /** Served files; publishing again removes earlier `.deb`s. */
  readonly files: Map<string, Buffer>
  publish(packages: readonly FakePackage[], publishing?: Publishing): Promise<void>
  /** From now on, requests whose path matches get this response. */
  intercept(path: RegExp, intercept: Intercept): void
}

/** When fake archives are published, and the `now` of tests. */
export const publishedAt: Date = new Date('2024-05-06T07:08:09Z')

/** A signing key, valid since 2020. */
export async function makeKey(
  options: { readonly expiresAfterDays?: number } = {},
): Promise<{ privateKey: PrivateKey; publicKey: PublicKey }> {
  return generateKey({
    userIDs: [{ name: 'Test archive' }],
    type: 'curve25519',
    format: 'object',
    date: new Date('2020-01-01T00:00:00Z'),
    keyExpirationTime: (options.expiresAfterDays ?? 0) * 86_400,
  })
}

/** Signs a text like an `InRelease`. */
export async function clearsign(text: string, key: PrivateKey, date: Date = publishedAt): Promise<string> {
  const signed = await sign({ message: await createCleartextMessage({ text }), signingKeys: key, date })
  return signed.replaceAll('\r\n', '\n')
}

/** Serves an archive with one package of each published kind; empty at first. */
export async function serveArchive(): Promise<FakeArchive> {
  const { privateKey, publicKey } = await makeKey()
  const files = new Map<string, Buffer>()
  const interceptions: { path: RegExp; intercept: Intercept }[] = []
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURI((request.url ?? '/').replace(/\?.*/, ''))
    requests.push(path)
    const interception = interceptions.findLast((each) => each.path.test(path))
    if (interception === undefined) answer(request, response, files.get(path))
    else interception.intercept(request, response, files.get(path))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return {
    mirrors: { archive: `${origin}/debian`, security: `${origin}/debian-security` },
    keyring: publicKey.armor(),
    key: privateKey,
    requests,
    files,
    publish: async (packages, publishing = {}) => {
      files.clear()
      for (const [path, bytes] of await filesOf(packages, { signedBy: privateKey, ...publishing }))
        files.set(path, bytes)
    },
    intercept: (path, intercept) => interceptions.push({ path, intercept }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** Answers correctly, including `Range`. */
export function answer(request: IncomingMessage, response: ServerResponse, bytes: Buffer | undefined): void {
  if (bytes === undefined) {
    response.writeHead(404).end('no such file')
    return
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
  response.writeHead(start === 0 ? 200 : 206, { 'content-length': bytes.length - start, ...range })
  response.end(bytes.subarray(start))
}

async function filesOf(
  packages: readonly FakePackage[],
  publishing: Publishing & { readonly signedBy: PrivateKey },
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const suite of ['bookworm', 'bookworm-updates', 'bookworm-security', 'bookworm-backports']) {
    const base = suite.endsWith('-security') ? '/debian-security' : '/debian'
    const paragraphs = packages
      .filter((each) => (each.suite ?? 'bookworm') === suite)
      .map((each) => {
        const deb = debOf(each)
        const file = `pool/main/${each.name}_${(each.version ?? '1.0').replace(/^\d+:/, '')}_amd64.deb`
        files.set(`${base}/${file}`, deb)
        return `${paragraphOf(each)}Filename: ${file}\nSize: ${deb.length}\nSHA256: ${hexOf(digestOf(deb))}\n${linesOf(each.index ?? {})}`
      })
    const index = Buffer.from(paragraphs.join('\n'))
    const packed = gzipSync(index)
    const folder = `${base}/dists/${suite}/main/binary-amd64`
    files.set(`${folder}/Packages.gz`, packed)
    files.set(`${folder}/by-hash/SHA256/${hexOf(digestOf(packed))}`, packed)
    const contents = publishing.contents === false ? [] : contentsOf(packages, suite)
    for (const [name, bytes] of contents) {
      files.set(`${base}/dists/${suite}/${name}`, bytes)
      files.set(`${base}/dists/${suite}/main/by-hash/SHA256/${hexOf(digestOf(bytes))}`, bytes)
    }
    const text = releaseText(suite, { packed, index, contents }, publishing)
    const signed = await clearsign(text, publishing.signedBy, publishing.date)
    files.set(`${base}/dists/${suite}/InRelease`, Buffer.from((publishing.tamper ?? String)(signed)))
  }
  return files
}

type Named = readonly [name: string, bytes: Buffer]

/** Contents indexes: of the architecture, and an empty one of "all". */
function contentsOf(packages: readonly FakePackage[], suite: string): readonly Named[] {
  const lines = packages
    .filter((each) => (each.suite ?? 'bookworm') === suite)
    .flatMap(({ name, files = [] }) => files.map(([file]) => `${file.replace(/^\.\//, '').padEnd(60)} misc/${name}\n`))
  return [
    ['main/Contents-amd64.gz', gzipSync(lines.sort().join(''))],
    ['main/Contents-all.gz', gzipSync('')],
  ]
}

function releaseText(
  suite: string,
  { packed, index, contents }: { readonly packed: Buffer; readonly index: Buffer; readonly contents: readonly Named[] },
  { date = publishedAt, validUntil, codename = suite }: Publishing,
): string {
  const lines = [
    `Origin: Debian`,
    `Suite: stable${suite.slice('bookworm'.length)}`,
    `Codename: ${codename}`,
    `Date: ${date.toUTCString()}`,
  ]
  if (validUntil !== undefined) lines.push(`Valid-Until: ${validUntil.toUTCString()}`)
  const entry = (bytes: Buffer, name: string) => ` ${hexOf(digestOf(bytes))} ${bytes.length} ${name}`
  const entries = [
    entry(index, 'main/binary-amd64/Packages'),
    entry(packed, 'main/binary-amd64/Packages.gz'),
    ...contents.map(([name, bytes]) => entry(bytes, name)),
  ]
  return [...lines, 'Acquire-By-Hash: yes', 'SHA256:', ...entries].join('\n')
}

function paragraphOf({ name, version = '1.0', architecture = 'amd64', fields = {} }: FakePackage): string {
  const all = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Priority: 'optional',
    Maintainer: 'Test <t@example.org>',
    ...fields,
  }
  return linesOf(all)
}

function linesOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')
}

/** A `.deb` (deb(5)). */
export function debOf(made: FakePackage): Buffer {
  const control: MemberSpec[] = [
    ['./control', `${paragraphOf(made)}Description: test\n`],
    ...Object.entries(made.scripts ?? {}).map(([name, text]): MemberSpec => [`./${name}`, text]),
  ]
  const files: readonly MemberSpec[] = made.files ?? [[`./usr/share/doc/${made.name}/copyright`, made.name]]
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    member('debian-binary', Buffer.from('2.0\n')),
    member('control.tar.gz', gzipSync(tarOf(control))),
    member('data.tar.gz', gzipSync(tarOf(files))),
  ])
}

function member(name: string, bytes: Buffer): Buffer {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(bytes.length % 2, '\n')])
}
