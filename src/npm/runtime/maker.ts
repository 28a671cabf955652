/** Makes Node: the archive of the locked release for the image's architecture, with the libraries that it is linked with. */
import { fail } from '../../base/error.ts'
import type { Definition, Instantiating, Maker, Workshop } from '../../source/package.ts'
import type { PathInfo } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import { type RuntimeRecipe, runtimeEcosystem } from './ecosystem.ts'
import { librariesOf } from './libraries.ts'
import { archivePath, type LockedRuntime, type RuntimeArchive } from './locked-runtime.ts'
import { asRuntime, runtimeNormaliser } from './normaliser.ts'
import type { RuntimeArguments } from './package.ts'
import { fetchRuntime } from './published.ts'
import { resolvedRuntime, resolveRuntime, resolverKey } from './resolved-runtime.ts'

/** Makes Node. */
export const runtimeMaker: Maker<RuntimeArguments> = {
  resolve: async (definitions, shop) => {
    const asked = new Map(definitions.map((each) => [resolverKey(each.arguments), each.arguments]))
    for (const each of asked.values()) await resolveRuntime(each, shop)
  },
  instantiate: runtimeRecipe,
}

async function runtimeRecipe(
  { arguments: asked }: Definition<RuntimeArguments>,
  given: Instantiating,
  shop: Workshop,
): Promise<RuntimeRecipe> {
  const runtime = resolvedRuntime(asked, shop)
  const archive = archiveFor(asked.architecture ?? shop.architecture, runtime)
  const path = archivePath(runtime, archive)
  const obtain = async (within: Workshop): Promise<PathInfo> => {
    const info =
      within.store.info(path) ??
      (await fetchRuntime({ ...archive, version: runtime.version, directory: asked.directory }, within))
    await within.store.unpack(path, runtimeNormaliser)
    return info
  }
  const { libraries } = asked
  const names = libraries === null ? [] : await libraryNames(path, obtain, shop)
  return {
    path,
    name: `node-${runtime.version}`,
    as: asRuntime,
    inputs: [],
    requires: names.flatMap((name) => libraries?.[name] ?? []).map((made) => given.of(made)),
    origin: runtimeEcosystem,
    node: { version: runtime.version },
    realise: obtain,
  }
}

/** The libraries that a release needs follow from its bytes, so they are determined once, before its requirements are known. */
async function libraryNames(
  path: StorePath,
  obtain: (shop: Workshop) => Promise<PathInfo>,
  shop: Workshop,
): Promise<readonly string[]> {
  const known = shop.store.memory.fact(factKind, path)
  if (known !== undefined) return known.split(' ')
  await obtain(shop)
  const found = librariesOf(path, shop)
  shop.store.memory.rememberFact(factKind, path, found.join(' '))
  return found
}

const factKind = 'node-libraries-1'

function archiveFor(architecture: string, { version, archives }: LockedRuntime): RuntimeArchive {
  return (
    archives.get(architecture) ??
    fail('npm.runtime', `Node ${version} is not published for ${architecture}.`, {
      remedy: `Choose ${[...archives.keys()].sort().join(' or ')}, or a package that has bin/node, such as Debian's nodejs.`,
      detail: { version, architecture },
    })
  )
}
