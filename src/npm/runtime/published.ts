/** What npm's registry has of Node: which releases, and their archives. */
import { algorithmOf, type FileHash, parseFileHash } from '../../base/digest.ts'
import { isPlainObject, jsonIn } from '../../base/document.ts'
import { fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import type { PathInfo } from '../../store/store.ts'
import { chooseRelease, isRange } from './choose.ts'
import { archiveFile, archiveNames, type LockedRuntime, type RuntimeArchive } from './locked-runtime.ts'

/** The release that a range means, as the registry has it for every architecture today. @throws BuildError npm.runtime, network.* */
export async function publishedRuntime(range: string, shop: Workshop): Promise<LockedRuntime> {
  if (!isRange(range))
    fail('npm.runtime', `${JSON.stringify(range)} is not a version of Node, nor a range of versions.`, {
      remedy: 'Write runtime: "24", or a package that has bin/node.',
      detail: { range },
    })
  const published = await Promise.all(
    Object.entries(archiveNames).map(async ([architecture, name]) => ({
      ...{ architecture, name },
      hashes: await publishedHashes(name, shop),
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
  { version }: LockedRuntime,
  { name, hash }: RuntimeArchive,
  shop: Workshop,
): Promise<PathInfo> {
  const file = archiveFile(name, version)
  return shop.download([new URL(`${name}/-/${file}`, await registryOf(shop))], { name: file, hash })
}

/** In bytes: all that the registry says of one package, thousands of versions with their readmes. */
const documentLimit = 64 * 2 ** 20

/** SHA-512 of the archive of each version; versions without one are left out. */
async function publishedHashes(name: string, shop: Workshop): Promise<ReadonlyMap<string, FileHash>> {
  const document = jsonIn(
    Buffer.from(await shop.get(new URL(name, await registryOf(shop)), documentLimit)).toString('utf8'),
  )
  const versions = isPlainObject(document) && isPlainObject(document.versions) ? document.versions : {}
  return new Map(
    Object.entries(versions).flatMap(([version, each]) => {
      const dist = isPlainObject(each) && isPlainObject(each.dist) ? each.dist : {}
      const hash = typeof dist.integrity === 'string' ? parseFileHash(dist.integrity) : undefined
      return hash === undefined || algorithmOf(hash) !== 'sha512' ? [] : [[version, hash] as const]
    }),
  )
}

async function registryOf({ machine }: Workshop): Promise<string> {
  const said = (await machine.run('npm', ['config', 'get', 'registry']))?.trim() ?? ''
  return said.endsWith('/') ? said : `${said}/`
}

function refuseRange(range: string, versions: readonly string[]): never {
  return fail('npm.runtime', `No release of Node is within ${JSON.stringify(range)}.`, {
    remedy: `The newest that the registry has is ${chooseRelease('*', versions) ?? 'none'}.`,
    detail: { range },
  })
}
