/** Writes the bill of materials of an image that was built. */

import type { Conf } from '../assembly/conf.ts'
import { readConf } from '../assembly/read-conf.ts'
import { parseFileHash } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { absolutePath } from '../base/real-path.ts'
import type { LayerMember } from '../layer/layer.ts'
import { runningVersion } from '../load/version.ts'
import type { ComponentReader } from '../report/component.ts'
import { formatSbom, type PlacedComponent } from '../report/sbom.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { realise, withRequirements } from '../source/realise.ts'
import { isUnpacked } from '../store/normaliser.ts'
import type { StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { BuiltNames } from './built-names.ts'
import { componentReaders } from './makers.ts'

/** An image that was built. */
interface BuiltImage {
  readonly recipe: Recipe
  readonly names: BuiltNames
}

/** Writes the document for an image. @throws BuildError argument.invalid - not one image, or not a file; project.unwritable */
export async function writeSbom(file: string, built: BuiltImage, shop: Workshop): Promise<void> {
  if (file === '' || file === '-')
    fail('argument.invalid', `${JSON.stringify(file)} is not a file for a bill of materials.`, {
      remedy: 'Name a file, such as sbom.json.',
    })
  const place = absolutePath(file)
  if (withRequirements([built.recipe]).some(({ reads }) => reads?.(place) === true))
    fail('argument.invalid', `${place} is among the files that the image contains, so the next build would differ.`, {
      remedy: 'Write it to another directory, or leave it out: `ignore` of node(), path() or copy(), or .dockerignore.',
      detail: { file: place },
    })
  await shop.project.write(place, Buffer.from(await sbomOf(built, shop), 'utf8'))
}

async function sbomOf({ recipe: target, names }: BuiltImage, shop: Workshop): Promise<string> {
  const { imageName: name = '', imageTag: version = '' } = names
  const recipe = [target, ...target.inputs].find(({ isConf }) => isConf === true) ?? refuse(target)
  // A finished archive may have outlived its conf.
  await realise([recipe], shop)
  const conf = readConf(shop.store, recipe.path)
  const placed = placedComponents(conf, await componentReaders(), shop.store)
  const isKnown = (path: StorePath): boolean => placed.has(path)
  const at = (indices: readonly number[]) => indices.flatMap((index) => conf.closure.paths[index] ?? []).filter(isKnown)
  const needs = new Map(conf.closure.paths.map((path, index) => [path, at(conf.closure.edges[index] ?? [])]))
  const components = [...placed].map(([path, component]) => ({ ...component, needs: needs.get(path) ?? [] }))
  return formatSbom({ name, version, tool: runningVersion(), components, roots: at(conf.closure.roots) })
}

/** Returns the members of all layers that describe themselves, by path; the lowest layer wins. */
function placedComponents(
  { layers }: Conf,
  readers: readonly ComponentReader[],
  store: StoreReader,
): ReadonlyMap<StorePath, Omit<PlacedComponent, 'needs'>> {
  const found = new Map<StorePath, Omit<PlacedComponent, 'needs'>>()
  for (const [layer, { recipe }] of layers.entries())
    for (const member of recipe.members) {
      const component = found.has(member.path) ? undefined : componentOf(member, readers, store)
      if (component !== undefined) found.set(member.path, { ...component, layer })
    }
  return found
}

function componentOf(
  { path, as }: LayerMember,
  readers: readonly ComponentReader[],
  store: StoreReader,
): Omit<PlacedComponent, 'needs' | 'layer'> | undefined {
  const info = store.info(path)
  const reader = readers.find((each) => each.as === as)
  if (info === undefined || reader === undefined || !isUnpacked(as)) return undefined
  const component = reader.read(info, store.control(path, as))
  const hash = parseFileHash(info.contentAddress?.replace(/^fixed:/, '') ?? '')
  return component === undefined ? undefined : { ...component, ref: path, hash }
}

function refuse({ name }: Recipe): never {
  return fail('argument.invalid', `${name} is not one image, so it has no bill of materials.`, {
    remedy: 'Name one image that the file exports: slipway build FILE#NAME --sbom FILE.',
    detail: { name },
  })
}
