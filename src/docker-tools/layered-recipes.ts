/**
 * The recipes behind layered images: their paths (act 3), and how conf, archive and stream script are made (acts 4 and 5).
 *
 * Reached by `import()` only: describing an image loads none of this.
 */

import { formatTime } from '../base/time.ts'
import { compressorName } from '../format/compression.ts'
import type { Instantiating, Package, Recipe, Workshop } from '../source/package.ts'
import { realise, withRequirements } from '../source/realise.ts'
import { hashPart, recipePath, type StorePath } from '../store/store-path.ts'
import { archiveBytes, archiveSize } from '../transport/archive.ts'
import { file, memoryTree } from '../tree/memory.ts'
import { formatConf, planOf, readConf } from './conf.ts'
import { debianSetOf } from './debian-set.ts'
import type { Layered, LayeredData } from './layered-arguments.ts'
import { assembleLayered } from './layered-assembly.ts'
import { archiveName } from './layered-image.ts'

/** The conf: path from all arguments, the closure of the inputs and what the lock says of users. */
export function confRecipe(
  made: Layered & { readonly reader: 'build' | 'stream' },
  given: Instantiating,
  shop: Workshop,
): Recipe {
  const name = `${made.baseName}-conf.json`
  const contents = made.image.contents.map((item) => given.of(item))
  const closure = withRequirements(given.inputs)
  const debian = debianSetOf(closure, name)
  const data = {
    ...given.replace(dated(made, shop)),
    architecture: made.image.architecture ?? debian?.architecture ?? shop.architecture,
  }
  const path = recipePath(name, {
    maker: 'layered-conf-1',
    name,
    arguments: { ...data, contents: contents.map((item) => item.path), fromImage: null },
    closure: closure.map((recipe) => recipe.path),
    debian: debian?.recipe ?? null,
  })
  return {
    path,
    name,
    as: 'store',
    inputs: given.inputs,
    requires: [],
    realise: async (shop) => {
      await realise(given.inputs, shop)
      const { conf, closure } = await assembleLayered(
        { name: made.baseName, path, data, contents, inputs: given.inputs, debian },
        shop,
      )
      const bytes = formatConf(conf)
      return shop.store.addFile(path, [bytes], { size: bytes.length, candidates: closure })
    },
  }
}

/** The archive: complete, so it refers to nothing. */
export function archiveRecipe(made: Layered & { readonly conf: Package }, given: Instantiating): Recipe {
  const conf = given.of(made.conf)
  const reference = referenceOf(made, conf.path, given)
  const maker = `docker-archive-1/${compressorName(compressions[made.compressor])}`
  const name = archiveName(made)
  const path = recipePath(name, { maker, name, arguments: { reference }, closure: [conf.path] })
  return {
    path,
    name,
    as: 'store',
    inputs: [conf],
    requires: [],
    realise: async (shop) => {
      const plan = planOf(readConf(shop.store, conf.path), shop.store, {
        names: [reference],
        now: formatTime(shop.now.getTime() / 1000),
      })
      const size = made.compressor === 'none' ? { size: archiveSize(plan) } : {}
      const bytes = archiveBytes(plan, { store: shop.store, watch: shop, compressor: made.compressor })
      return shop.store.addFile(path, bytes, { ...size, candidates: [] })
    },
  }
}

/** The script: `#!/bin/sh` and four lines, the same on every machine; the launcher beside the store streams the conf that it names. */
export function scriptRecipe(made: Layered & { readonly conf: Package }, given: Instantiating): Recipe {
  const conf = given.of(made.conf)
  const reference = referenceOf(made, conf.path, given)
  const name = `stream-${made.baseName}`
  const path = recipePath(name, { maker: 'stream-1', name, arguments: { reference }, closure: [conf.path] })
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
    'launcher=${store%/nix/store}/bin/slipway-1',
    '[ -x "$launcher" ] || { echo "slipway: $launcher is missing: run any slipway command on this store once" >&2; exit 1; }',
    `exec "$launcher" --repo-tag '${reference}' "$@" "$store/${conf}"`,
    '',
  ].join('\n')
}

/** The manual's names of compressors, and the formats'. */
const compressions = { none: 'none', gz: 'gzip', zstd: 'zstd' } as const

/** Name and tag: the given one, else the conf's hash part. */
function referenceOf(made: Layered, conf: StorePath, given: Instantiating): string {
  return `${made.imageName}:${made.tag === null ? hashPart(conf) : given.replace(made.tag)}`
}

/** "now" is read once, when the build starts; only a stream reads its own when it runs. */
function dated({ image, reader }: Layered & { readonly reader: 'build' | 'stream' }, shop: Workshop): LayeredData {
  const seconds = Math.floor(shop.now.getTime() / 1000)
  return {
    ...image,
    created: image.created === 'now' && reader === 'build' ? formatTime(seconds) : image.created,
    mtime: image.mtime === 'now' ? seconds : image.mtime,
  }
}
