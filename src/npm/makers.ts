/** Makes the packages of `node({ … })`: single ones, their tree, and the tree with the project's own files. */
import { join } from 'node:path'
import semver from 'semver'
import { digestOf } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import { ecosystemOf } from '../source/ecosystem.ts'
import type { Definition, Instantiating, Maker, Workshop } from '../source/package.ts'
import { recipePath } from '../store/store-path.ts'
import { directory, memoryTree } from '../tree/memory.ts'
import { npmEcosystem } from './image/ecosystem.ts'
import { treeIdentity } from './image/identity.ts'
import { startCommand } from './image/start-command.ts'
import { nameAt } from './lock-file/read.ts'
import type { NodeSet } from './options.ts'
import { checkTaken } from './own-code/linked-directories.ts'
import { ownCode } from './own-code/own-code.ts'
import { checkStarted } from './own-code/started-file.ts'
import { projectOf } from './project.ts'
import type { NpmPart, NpmRecipe, OwnCode, Resolution, Run } from './resolution.ts'
import { resolutionOf } from './resolve.ts'
import type { NpmPackageArguments, NpmTreeArguments } from './set.ts'

/** Makes single packages. */
export const npmPackageMaker: Maker<NpmPackageArguments> = {
  resolve,
  instantiate: async ({ arguments: { package: name, set } }, given, shop) =>
    packageNamed(name, await resolved(set, given, shop)),
}

/** Makes the tree of all packages. */
export const npmModulesMaker: Maker<NpmTreeArguments> = {
  resolve,
  instantiate: async ({ name, arguments: { set } }, given, shop) =>
    treeRecipe(name, await resolved(set, given, shop), []),
}

/** Makes the tree with the project's own files. */
export const npmAppMaker: Maker<NpmTreeArguments> = {
  resolve,
  instantiate: async ({ name, arguments: { set, run } }, given, shop) => {
    const resolution = { ...(await resolved(set, given, shop)), set }
    const code = ownCode(resolution, shop)
    checkTaken(resolution, code)
    const tree = treeRecipe(name, resolution, code)
    if (run === undefined) return tree
    return { ...tree, npm: { ...tree.npm, run: { command: commandOf(run, resolution, code) } } }
  },
}

function commandOf(run: 'start' | 'given', resolution: Resolution, code: readonly OwnCode[]): Run['command'] {
  if (run === 'given') return undefined
  const { set, project, manifest } = resolution
  const command = startCommand(manifest.scripts.get('start'), join(set.directory, project, 'package.json'))
  checkStarted(command, resolution, code)
  return command
}

/** Reads the lock files of all sets, and records in slipway.lock the hashes that they lack. */
async function resolve(definitions: readonly Definition<NpmTreeArguments>[], shop: Workshop): Promise<void> {
  for (const { arguments: made } of definitions) await projectOf(made.set, shop)
}

function resolved(set: NodeSet, given: Instantiating, shop: Workshop): Promise<Resolution> {
  return resolutionOf(set, set.runtime === undefined ? undefined : nodeVersion(set.runtime, given), shop)
}

/** Returns the version of Node in a runtime's package, from its ecosystem. */
function nodeVersion(runtime: NonNullable<NodeSet['runtime']>, given: Instantiating): string | undefined {
  const recipe = given.of(runtime)
  return semver.coerce(ecosystemOf(recipe)?.named(recipe).version, { includePrerelease: true })?.version
}

/** Finds a package by name, the shallowest one, or by name and version. */
function packageNamed(asked: string, resolution: Resolution): NpmRecipe {
  const at = asked.indexOf('@', 1)
  const [name, version] = at < 0 ? [asked, undefined] : [asked.slice(0, at), asked.slice(at + 1)]
  const places = [...resolution.kept.values()].filter(
    (entry) => nameAt(entry.place) === name && (version === undefined || entry.version === version),
  )
  const [found] = places
  const recipe = found === undefined ? undefined : resolution.recipe(found.place)
  if (found === undefined || recipe === undefined) return refuseUnknown(asked, resolution)
  return { ...recipe, npm: { kind: 'package', uses: [{ entry: found, resolution, isNamed: true }] } }
}

function refuseUnknown(asked: string, { kept }: Resolution): never {
  const names = [...new Set([...kept.keys()].map(nameAt))]
  return fail('npm.package-unknown', `The image's part of the lock file has no package ${JSON.stringify(asked)}.`, {
    remedy: didYouMean(asked, names) || 'Name a package of the lock file, such as one of `dependencies`.',
    detail: { package: asked },
  })
}

interface TreeRecipe extends NpmRecipe {
  readonly npm: Extract<NpmPart, { kind: 'tree' }>
}

/** The object of a tree is a layer of its directories; its packages are its requirements. */
function treeRecipe(name: string, resolution: Resolution, code: readonly OwnCode[]): TreeRecipe {
  const { set, kept, recipe } = resolution
  const requires = [...new Set([...kept.keys()].flatMap((place) => recipe(place) ?? []))]
  const tree = memoryTree({ [`${set.place}/node_modules`]: directory() })
  const identity = digestOf(canonicalJson([treeIdentity(resolution), set.code]))
  const path = recipePath(name, { maker: 'npm-tree-1', name, arguments: { identity }, closure: [] })
  const form = { names: 'relative', end: 'record' } as const
  return {
    ...{ path, name, requires },
    as: 'layer',
    inputs: [],
    origin: npmEcosystem,
    npm: { kind: 'tree', resolution, code },
    reads: (file) => code.some((own) => own.recipe.reads?.(file) === true),
    realise: async ({ store }) =>
      store.info(path) ??
      store.addFile(path, writeTar(tree.entries(), form), { size: tarSize(tree.entries(), form), candidates: [] }),
  }
}
