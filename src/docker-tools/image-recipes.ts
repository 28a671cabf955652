/**
 * Recipes of layered images: their paths (act 3), and how conf, archive and stream script are made (acts 4 and 5).
 *
 * Loaded by `import()` only: describing an image loads none of this.
 */

import { assemble } from '../assembly/assemble.ts'
import { editsVersion } from '../assembly/changes.ts'
import { formatConf, planOf } from '../assembly/conf.ts'
import { architectureOf, usesOf } from '../assembly/ecosystems.ts'
import type { Copied, LayeredData } from '../assembly/image-data.ts'
import { imageRootVersion } from '../assembly/image-root.ts'
import { nixDatabaseVersion } from '../assembly/nix-database.ts'
import { changedLayersVersion } from '../assembly/own-layers.ts'
import { readConf } from '../assembly/read-conf.ts'
import { runNotesVersion } from '../assembly/run-notes.ts'
import { formatTime } from '../base/time.ts'
import type { CopiedFiles } from '../source/copied-files.ts'
import type { Definition, Instantiating, Maker, Recipe, Workshop } from '../source/package.ts'
import { realise, withRequirements } from '../source/realise.ts'
import { toolsOf } from '../source/tools.ts'
import { hashPart, recipePath, type StorePath } from '../store/store-path.ts'
import { archiveBytes, archiveSize } from '../transport/archive.ts'
import { file, memoryTree } from '../tree/memory.ts'
import type { ArchiveArguments, ConfArguments, ScriptArguments } from './layered-image.ts'
import { packedPaths } from './packed-paths.ts'

/** Makes confs: the path follows from all arguments, the closure of the inputs and their ecosystems. */
export const confMaker: Maker<ConfArguments> = { instantiate: confRecipe }

function confRecipe(definition: Definition<ConfArguments>, given: Instantiating, shop: Workshop): Recipe {
  const { maker, name, arguments: made } = definition
  const { image } = made
  const contents = image.contents.map((item) => given.of(item))
  const sources = (each: CopiedFiles): Copied['from'] =>
    each.from.map(({ source, name: called }) => ({ recipe: given.of(source), name: called }))
  const base = image.fromImage === null ? undefined : given.of(image.fromImage)
  const tools = image.tools === null ? undefined : given.of(image.tools)
  const inputs = given.inputs.filter((input) => input !== base && input !== tools)
  const closure = withRequirements(inputs)
  const uses = usesOf(closure, name, { configure: image.configure === true })
  const stated = image.architecture ?? architectureOf(uses, name)
  const architecture = stated ?? (base === undefined ? shop.architecture : undefined)
  const data = given.replace(dated(made, shop))
  const { commands: _commands, tools: _tools, copied: _copied, ...said } = data
  const copied = (data.copied ?? []).map((each): Copied => ({ ...each, from: sources(each) }))
  const path = recipePath(name, {
    ...{ maker, name },
    arguments: {
      ...said,
      ...commandsSaid(data),
      contents: contents.map((item) => item.path),
      ...(copied.length === 0
        ? {}
        : {
            copied: copied.map((each) => ({ ...each, from: each.from.map(({ recipe, name }) => [recipe.path, name]) })),
          }),
      // A base counts by its uncompressed content.
      fromImage: base?.content ?? base?.path ?? null,
      ...(tools === undefined ? {} : { tools: toolsOf(tools)?.identity }),
      architecture: architecture ?? null,
    },
    closure: closure.map((recipe) => recipe.path),
    ecosystems: uses.map(({ kind, use }) => ({ kind, ...use.recipe })),
    trees: {
      root: imageRootVersion,
      nixDatabase: image.includeNixDB ? nixDatabaseVersion : null,
      ...(image.commands.some((each) => 'edits' in each) ? { edits: editsVersion } : {}),
      ...(image.commands.length > 0 ? { changed: changedLayersVersion } : {}),
      // Images of nothing else keep the paths that they had before there were such notes.
      ...(uses.length > 0 || base !== undefined || copied.length > 0 ? { notes: runNotesVersion } : {}),
    },
  })
  return {
    path,
    name,
    as: 'store',
    inputs: given.inputs,
    requires: [],
    runsCommands: tools !== undefined,
    isConf: true,
    realise: async (shop) => {
      await realise(given.inputs, shop)
      const { baseName, reading } = made
      const assembling = {
        name: baseName,
        path,
        data,
        reading,
        architecture,
        contents,
        copied,
        inputs,
        base,
        tools,
        uses,
      }
      const { conf, closure } = await assemble(assembling, shop)
      const bytes = formatConf(conf)
      return shop.store.addFile(path, [bytes], { size: bytes.length, candidates: closure })
    },
  }
}

/** Returns the commands under the names of the two arguments that recipes record, in the order in which they run. */
function commandsSaid({ copies, commands }: LayeredData): { readonly [name: string]: unknown } {
  const [first, then] = copies === null ? ['extraCommands', 'fakeRootCommands'] : ['runAsRoot', 'extraCommands']
  const of = (place: string | undefined): unknown => {
    const found = commands.find((each) => each.place === place)
    if (found === undefined) return []
    return 'edits' in found ? found.edits : { script: found.script, within: found.within }
  }
  return { extraCommands: of(first), fakeRootCommands: of(then) }
}

/** Makes archives: self-contained files, without references. */
export const archiveMaker: Maker<ArchiveArguments> = { instantiate: archiveRecipe }

function archiveRecipe({ name, arguments: made }: Definition<ArchiveArguments>, given: Instantiating): Recipe {
  const conf = given.of(made.conf)
  const tag = made.tag === null ? null : given.replace(made.tag)
  const paths = packedPaths(name, 'docker-archive-1', {
    compressor: made.compressor,
    arguments: { name: made.imageName, tag, of: made.defaultTag },
    closure: [conf.path],
  })
  const { path } = paths
  const reference = `${made.imageName}:${tag ?? hashPart(made.defaultTag === 'own' ? path : conf.path)}`
  return {
    ...paths,
    name,
    as: 'store',
    inputs: [conf],
    requires: [],
    realise: async (shop) => {
      const plan = planOf(readConf(shop.store, conf.path), shop.store, {
        names: [reference],
        now: formatTime(shop.now.getTime() / 1000),
      })
      // The legacy index of names, which nixpkgs' buildImage also writes.
      const repositories = made.defaultTag === 'own'
      const size = made.compressor.name === 'none' ? { size: archiveSize(plan, { repositories }) } : {}
      const bytes = archiveBytes(plan, { store: shop.store, watch: shop, compressor: made.compressor, repositories })
      return shop.store.addFile(path, bytes, { ...size, candidates: [] })
    },
  }
}

/** Makes scripts: `#!/bin/sh` and four lines, the same on every machine; a launcher next to the store streams the conf that the script names. */
export const scriptMaker: Maker<ScriptArguments> = { instantiate: scriptRecipe }

function scriptRecipe({ maker, name, arguments: made }: Definition<ScriptArguments>, given: Instantiating): Recipe {
  const conf = given.of(made.conf)
  const reference = `${made.imageName}:${made.tag === null ? hashPart(conf.path) : given.replace(made.tag)}`
  const path = recipePath(name, { maker, name, arguments: { reference }, closure: [conf.path] })
  return {
    path,
    name,
    as: 'store',
    inputs: [conf],
    requires: [],
    realise: (shop) =>
      shop.store.add(path, memoryTree({ '': file(scriptText(conf.path, reference), { mode: 0o555 }) }), {
        candidates: [conf.path],
      }),
  }
}

function scriptText(conf: StorePath, reference: string): string {
  return [
    '#!/bin/sh',
    'store=$(dirname "$(readlink -f "$0")")',
    'launcher=${store%/nix/store}/bin/slipway-2',
    '[ -x "$launcher" ] || { echo "slipway: $launcher is missing: run any slipway command on this store once" >&2; exit 1; }',
    `exec "$launcher" --repo-tag '${reference}' "$@" "$store/${conf}"`,
    '',
  ].join('\n')
}

/** Replaces "now" by the time at which the build started; a stream keeps it, and reads the clock when it runs. */
function dated({ image, now = 'build' }: ConfArguments, shop: Workshop): LayeredData {
  const seconds = Math.floor(shop.now.getTime() / 1000)
  return {
    ...image,
    created: image.created === 'now' && now === 'build' ? formatTime(seconds) : image.created,
    mtime: image.mtime === 'now' ? seconds : image.mtime,
  }
}
