/** Records in slipway.lock the SHA-512 of each tarball of a set that has none in the npm lock file. */
import { createHash, getHashes, type Hash } from 'node:crypto'
import { dirname, posix, relative } from 'node:path'
import { BuildError, fail } from '../../base/error.ts'
import { limit } from '../../base/limit.ts'
import type { Lock } from '../../lock/set-kind.ts'
import { worst } from '../../net/blob.ts'
import { shownUrl } from '../../net/redact.ts'
import type { Workshop } from '../../source/package.ts'
import { growLock, lockFileOf, readLock } from '../../source/project-lock.ts'
import { resolvedSets } from '../../source/resolved-sets.ts'
import { fileBytes } from '../../store/file-range.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import { hashesOf, hashIn } from '../tarball/integrity.ts'
import { largestTarball, type Source, tarballPath, unavailable, unpackTarball } from '../tarball/recipe.ts'
import { type NpmLocked, npmSetIn, npmSetKind, type RecordedTarball } from './set-kind.ts'

/** Tarballs of an npm lock file. */
export interface Recording {
  /** The npm lock file. */
  readonly file: string
  readonly entries: readonly LockEntry[]
  /** Returns where a tarball comes from. */
  source(entry: LockEntry): Source
}

/** Returns the records of slipway.lock for an npm lock file, after adding missing ones. @throws BuildError npm.integrity, npm.integrity-missing, npm.tarball, lock.*, network.* */
export async function recorded(recording: Recording, shop: Workshop): Promise<NpmLocked> {
  const directory = dirname(recording.file)
  const file = lockFileOf({ lock: undefined, directory }, shop)
  const key = keyOf(recording, file)
  const lacking = recording.entries.filter((entry) => hashIn(entry.integrity) === undefined)
  const before = recordsIn(await readLock(file, shop), key)
  if (lacking.length === 0 && before.packages.size === 0) return before
  const grown = await growLock(
    file,
    async (lock) => ({
      key,
      entry: { kind: npmSetKind, set: await grow(recordsIn(lock, key), lacking, recording, shop) },
    }),
    shop,
  )
  const names = lacking.map(keyOfEntry)
  resolvedSets(shop).set(`npm ${recording.file}`, {
    ...{ file, lockKey: key, names, entry: grown.entry, before: grown.before },
    pruned: ({ packages }: NpmLocked, asked) => ({
      packages: new Map([...packages].filter(([name]) => asked.has(name))),
    }),
    files: () => [],
  })
  return npmSetIn(grown.entry.set)
}

/** Returns the key of a package in slipway.lock. */
export function keyOfEntry({ name, version }: LockEntry): string {
  return `${name}@${version}`
}

function keyOf({ file }: Recording, lockFile: string): string {
  return `npm ${posix.normalize(relative(dirname(lockFile), file))}`
}

function recordsIn(lock: Lock, key: string): NpmLocked {
  return npmSetIn(lock.get(key)?.set)
}

async function grow(
  before: NpmLocked,
  lacking: readonly LockEntry[],
  recording: Recording,
  shop: Workshop,
): Promise<NpmLocked> {
  const isNew = (entry: LockEntry): boolean =>
    before.packages.get(keyOfEntry(entry))?.integrity !== (entry.integrity ?? '')
  const byKey = Map.groupBy(lacking, keyOfEntry)
  const wanted = [...byKey.values()].map((entries) => onlyOne(entries, recording.file)).filter(isNew)
  const [first] = wanted
  if (first === undefined) return before
  if (shop.lock.frozen) refuseFrozen(first)
  const found = await limit(wanted, (entry) => measured(entry, recording, shop), {
    concurrency: 4,
    signal: shop.signal,
  })
  return {
    packages: new Map([...before.packages, ...found.map((each) => [`${each.name}@${each.version}`, each] as const)]),
  }
}

/** Returns one of the entries of a package, with a hash if any of them has one. @throws BuildError npm.lock-invalid - they differ */
function onlyOne(entries: readonly LockEntry[], file: string): LockEntry {
  const [first, ...others] = entries.toSorted((a, b) => (b.integrity ?? '').length - (a.integrity ?? '').length)
  if (first === undefined) throw new Error('unreachable: a group is never empty')
  const isOther = ({ integrity, resolved }: LockEntry): boolean =>
    first.integrity === undefined
      ? resolved !== first.resolved
      : integrity !== undefined && integrity !== first.integrity
  const other = others.find(isOther)
  if (other === undefined) return first
  return fail(
    'npm.lock-invalid',
    `${file} has two packages ${keyOfEntry(first)} without a SHA-512, ${first.place} and ${other.place}, which may differ.`,
    {
      remedy: 'Restore the file, or make the lock file again with `npm install --package-lock-only`.',
      detail: { file, package: first.name },
    },
  )
}

/** Fetches a tarball once, from the first address that has the right one, and keeps it. */
async function measured(entry: LockEntry, recording: Recording, shop: Workshop): Promise<RecordedTarball> {
  const source = recording.source(entry)
  const failures: BuildError[] = []
  for (const url of await source.addresses()) {
    try {
      return await measuredFrom(url, { entry, source }, shop)
    } catch (thrown) {
      if (!(thrown instanceof BuildError)) throw thrown
      failures.push(unavailable(entry, source, thrown))
    }
  }
  throw worst(failures) ?? new Error(`unreachable: ${entry.name} has no address`)
}

/** Fetches a tarball, checks the hash that the npm lock file has, if any, and that it can be unpacked. */
async function measuredFrom(
  url: URL,
  { entry, source }: { readonly entry: LockEntry; readonly source: Source },
  shop: Workshop,
): Promise<RecordedTarball> {
  const { name, version, integrity = '' } = entry
  using draft = shop.store.blobs.create()
  const hasher = createHash('sha512')
  const older = olderHash(entry)
  let size = 0
  for await (const chunk of shop.fetch(url, { name: keyOfEntry(entry), most: largestTarball, access: source.access })) {
    for (const each of [hasher, older?.hasher]) each?.update(chunk)
    draft.write(chunk)
    size += chunk.length
  }
  older?.check(url)
  const hash = `sha512:${hasher.digest('hex')}` as const
  const recorded = { name, version, size, hash, integrity }
  await shop.store.addFile(tarballPath(recorded), fileBytes(draft.file), { fixed: hash, size, candidates: [] })
  // A page of a proxy, for instance, would otherwise be recorded for good.
  await unpackTarball({ ...recorded, entry }, { ...source, addresses: async () => [url] }, shop)
  return recorded
}

/** Hash of a tarball that is not SHA-512. */
interface OlderHash {
  readonly hasher: Hash
  /** Compares it with the lock file's. @throws BuildError npm.integrity */
  check(url: URL): void
}

/** Of the lock file's hashes other than SHA-512, the strongest that this Node can compute must match. */
function olderHash({ name, version, integrity = '' }: LockEntry): OlderHash | undefined {
  const stated = hashesOf(integrity)
  const algorithm = ['sha384', 'sha256', 'sha1'].find((each) => stated.some((one) => one.startsWith(`${each}-`)))
  if (algorithm === undefined || !getHashes().includes(algorithm)) return undefined
  const hasher = createHash(algorithm)
  return {
    hasher,
    check: (url) => {
      const own = `${algorithm}-${hasher.digest('base64')}`
      if (stated.includes(own)) return
      fail(
        'npm.integrity',
        `The tarball of ${name} ${version} from ${shownUrl(url)} has the hash ${own}; the lock file has ${integrity}.`,
        {
          remedy: 'See who changed the lock file or the registry; nothing was kept.',
          detail: { package: name, version, url: shownUrl(url) },
        },
      )
    },
  }
}

function refuseFrozen({ name, version }: LockEntry): never {
  return fail(
    'npm.integrity-missing',
    `The npm lock file has no SHA-512 for ${name} ${version}, nor has slipway.lock.`,
    {
      remedy: 'Run `slipway lock FILE`, which fetches the package once and records it in slipway.lock.',
      detail: { package: name, version },
    },
  )
}
