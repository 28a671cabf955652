/** Unpacks tarballs of npm packages as npm does (members.ts). */
import { type Bytes, contentOf, gather, type LocalContent } from '../../base/bytes.ts'
import { decompress, detect } from '../../format/compression.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { type Normaliser, type PackedArchive, type Unpacked, unpackedBy } from '../../store/normaliser.ts'
import type { Entry } from '../../tree/entry.ts'
import type { EntryPath } from '../../tree/path.ts'
import { asUnixScript, commandFiles } from './commands.ts'
import { packageFiles } from './members.ts'

/** Normaliser of npm's tarballs. */
export const npmNormaliser: Normaliser = {
  name: 'npm-1',
  open: async (bytes, file) => opened(bytes, file),
}

/** Converts a tarball to files in an image. */
export const asNpm: Unpacked = unpackedBy(npmNormaliser)

/** File that describes a package. */
const manifestName = 'package.json'

/** Maximum size, in bytes, of a package.json that is read. */
const longestManifest = 16_777_216

/** Text compresses to a tenth, programs to a third; a large tarball with a far better ratio is a decompression bomb. */
const limit = {
  maxBytes: 268_435_456,
  ratio: 100,
  remedy: 'If the package should be that large, unpack it in the project and depend on its directory, "file:vendor/…".',
} as const

type ContentOf = (member: TarMember) => LocalContent

function opened(bytes: Bytes, file: string): PackedArchive {
  const control = new Map<string, Uint8Array>()
  const scripts: Entry[] = []
  return {
    data: unpacked(bytes, file),
    *members(shipped, contentOf) {
      const files = packageFiles(shipped, file)
      const manifests = manifestsIn(files, contentOf)
      const own = manifests.get('')
      if (own !== undefined) control.set(manifestName, own)
      const commands = commandsAmong(manifests)
      for (const [path, member] of files) {
        const script = commands.has(path) ? asUnixScript(contentOf(member)) : undefined
        if (script === undefined) yield member
        else scripts.push(fileOf(member, script))
      }
    },
    entries: () => scripts,
    control: () => control,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Tarballs are compressed, except for a few. */
async function* unpacked(bytes: Bytes, name: string): AsyncGenerator<Uint8Array> {
  const chunks = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  const first = await chunks.next()
  if (first.done === true) return
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield first.value
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
    } finally {
      await chunks.return?.()
    }
  }
  yield* decompress(detect(first.value), all(), { name, limit, chunks: 'lent' })
}

/** Returns the package.json of the package and of those bundled in it, by directory. */
function manifestsIn(files: ReadonlyMap<EntryPath, TarMember>, contentOf: ContentOf): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  for (const [path, member] of files) {
    const directory = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)?\/?package\.json$/.exec(path)
    if (directory === null || member.size > longestManifest) continue
    found.set(directory[1] ?? '', gather(contentOf(member).open()))
  }
  return found
}

function commandsAmong(manifests: ReadonlyMap<string, Uint8Array>): ReadonlySet<string> {
  const files = [...manifests].flatMap(([directory, manifest]) =>
    [...commandFiles(manifest)].map((file) => (directory === '' ? file : `${directory}/${file}`)),
  )
  return new Set(files.map((file) => Buffer.from(file, 'utf8').toString('latin1')))
}

function fileOf({ path, metadata }: TarMember, bytes: Uint8Array): Entry {
  return { kind: 'file', path, metadata, content: contentOf(bytes) }
}
