/** Makes the tools: downloads their packages, and puts both trees into one store object. */
import { toolsPath } from '../../sandbox/sandbox.ts'
import type { Instantiating, Maker, Workshop } from '../../source/package.ts'
import { realise, withRequirements } from '../../source/realise.ts'
import type { ToolsRecipe } from '../../source/tools.ts'
import { recipePath } from '../../store/store-path.ts'
import { rootPackage } from '../image/computed-root.ts'
import { debianOf } from '../lock/resolution.ts'
import { asDeb } from '../normaliser.ts'
import { type ToolsArguments, toolPackages } from './package.ts'
import { toolsTree } from './tree.ts'

const maker = 'debian-tools-1'

/** Makes tools. */
export const toolsMaker: Maker<ToolsArguments> = { instantiate: (_definition, given) => toolsRecipe(given) }

/** The recipe; its path follows from all its packages, its identity from the facts that are the same on every machine. */
function toolsRecipe({ inputs }: Instantiating): ToolsRecipe {
  const debs = withRequirements(inputs)
  const path = recipePath('tools', { maker, name: 'tools', arguments: {}, closure: debs.map((deb) => deb.path) })
  const asked = inputs.flatMap((recipe) => debianOf(recipe)?.package ?? [])
  const [first] = inputs.flatMap((recipe) => debianOf(recipe)?.resolution ?? [])
  return {
    path,
    name: 'tools',
    as: 'store',
    inputs,
    requires: [],
    tools: {
      identity: { maker, versions: asked.map(({ name, version }) => [name, withoutRebuild(version)]).sort() },
      names: toolPackages,
    },
    realise: async (shop: Workshop) => {
      await realise(inputs, shop)
      const packages = debs.filter(({ as }) => as === asDeb).map((deb) => rootPackage(deb.path, shop.store, []))
      const tree = toolsTree({ packages, architecture: first?.architecture ?? shop.architecture, at: toolsPath })
      return shop.store.add(path, tree, { candidates: [] })
    },
  }
}

/** Architectures are rebuilt at different times: "1.2-3+b4" is "1.2-3" (Debian policy, "Binary-only NMUs"). */
function withoutRebuild(version: string): string {
  return version.replace(/\+b\d+$/, '')
}
