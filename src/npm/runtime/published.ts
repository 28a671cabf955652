/** Releases of Node in npm's registry, and their archives. */
import { algorithmOf, type FileHash, parseFileHash } from '../../base/digest.ts'
import { isPlainObject, jsonIn } from '../../base/document.ts'
import { BuildError, fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { PathInfo } from '../../store/store.ts'
import { registryAccess } from '../project.ts'
import { registryOf } from '../registry/addresses.ts'
import { largestTarball } from '../tarball/recipe.ts'
import { chooseRelease, isRange } from './choose.ts'
import { archiveFile, archiveNames, type LockedRuntime, type RuntimeArchive } from './locked-runtime.ts'

/** Returns the current release for a range, with its archive for every architecture. @throws BuildError npm.runtime, network.* */
export async function publishedRuntime(
  { range, directory }: { readonly range: string; readonly directory: string },
  shop: Workshop,
): Promise<LockedRuntime> {
  if (!isRange(range))
    fail('npm.runtime', `${JSON.stringify(range)} is not a version of Node, nor a range of versions.`, {
      remedy: 'Write runtime: "24", or a package that has bin/node.',
      detail: { range },
    })
  const published = await Promise.all(
    Object.entries(archiveNames).map(async ([architecture, name]) => ({
      ...{ architecture, name },
      hashes: await publishedHashes(name, directory, shop),
    })),
  )
  const [first] = published
  const everywhere = [...(first?.hashes.keys() ?? [])].filter((version) =>
    published.every(({ hashes }) => hashes.has(version)),
  )
  const version = chooseRelease(range, everywhere) ?? refuseRange(range, everywhere)
  return {
    version,
    archives: new Map(
      published.flatMap(({ architecture, name, hashes }) => {
        const hash = hashes.get(version)
        return hash === undefined ? [] : [[architecture, { name, hash }] as const]
      }),
    ),
  }
}

/** Fetches an archive into the store. @throws BuildError network.* */
export async function fetchRuntime(
  { version, name, hash, directory }: Pick<LockedRuntime, 'version'> & RuntimeArchive & { readonly directory: string },
  shop: Workshop,
): Promise<PathInfo> {
  const file = archiveFile(name, version)
  const { places, access } = registryAccess(directory, shop)
  const url = below(await registryOf(name, places), `${name}/-/${file}`)
  return named(name, () => shop.download([url], { name: file, hash, most: largestTarball, access }))
}

/** Adds to the failure of a registry that lacks one of Node's packages whose package it is, and what there is instead. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || thrown.code !== 'network.status') throw thrown
    const instead =
      'Where the registry lacks that package, give `runtime` a package with bin/node, such as on.pkgs("nodejs").'
    throw new BuildError(
      thrown.code,
      `Node comes from npm's package ${name}: ${thrown.message} ${instead}`,
      thrown.detail,
      thrown,
    )
  }
}

function below(registry: URL, path: string): URL {
  return new URL(`${registry.href.replace(/\/$/, '')}/${path}`)
}

/** Maximum size, in bytes, of the registry's document for one package: thousands of versions with their readmes. */
const documentLimit = 64 * 2 ** 20

/** Returns the SHA-512 of the archive of each version; versions without one are omitted. */
async function publishedHashes(
  name: string,
  directory: string,
  shop: Workshop,
): Promise<ReadonlyMap<string, FileHash>> {
  const { places, access } = registryAccess(directory, shop)
  const url = below(await registryOf(name, places), name)
  const bytes = await named(name, () => shop.get(url, documentLimit, access))
  const document = jsonIn(Buffer.from(bytes).toString('utf8'))
  const versions = isPlainObject(document) && isPlainObject(document.versions) ? document.versions : {}
  return new Map(
    Object.entries(versions).flatMap(([version, each]) => {
      const dist = isPlainObject(each) && isPlainObject(each.dist) ? each.dist : {}
      const hash = typeof dist.integrity === 'string' ? parseFileHash(dist.integrity) : undefined
      return hash === undefined || algorithmOf(hash) !== 'sha512' ? [] : [[version, hash] as const]
    }),
  )
}

function refuseRange(range: string, versions: readonly string[]): never {
  return fail('npm.runtime', `No release of Node is within ${JSON.stringify(range)}.`, {
    remedy: `The newest that the registry has is ${chooseRelease('*', versions) ?? 'none'}.`,
    detail: { range },
  })
}
