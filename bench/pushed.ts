/**
 * The measured program: pushes a store's objects to a registry, or pulls an image into a store.
 *
 * Usage: pushed.ts push ROOT LAYERS.json NAME COMPRESSOR | pushed.ts pull ROOT NAME
 */
import { readFileSync } from 'node:fs'
import { unwatched } from '../src/base/event.ts'
import { spareMemory } from '../src/cli/spare-memory.ts'
import { compressors, readCompressor } from '../src/format/compression/compressors.ts'
import type { LayerRecipe } from '../src/layer/layer.ts'
import { planLayer } from '../src/layer/plan.ts'
import { openRegistries } from '../src/registry/client.ts'
import { mirrorsBy } from '../src/registry/mirrors.ts'
import { parseRegistryName } from '../src/registry/name.ts'
import { openStore } from '../src/store/disk-store.ts'
import { parsePlace } from '../src/transport/place.ts'
import { pushImages } from '../src/transport/push-image.ts'
import { readPlace } from '../src/transport/transport.ts'

// As the command does.
await spareMemory()
const [verb, root = '', first = '', second = '', third = ''] = process.argv.slice(2)
const registries = openRegistries({
  network: {},
  logins: { find: async () => undefined },
  insecure: () => false,
  mirrors: mirrorsBy([]),
  signal: unwatched.signal,
})
await using store = await openStore(root)
const begun = performance.now()
if (verb === 'pull') {
  const reading = { store, watch: unwatched, registries: async () => registries, keepPacked: true }
  await readPlace(parsePlace(`docker://${first}`), reading)
} else {
  const recipes: readonly LayerRecipe[] = JSON.parse(readFileSync(first, 'utf8'))
  const layers = recipes.map((recipe) => planLayer(store, recipe))
  const plan = { layers, config: { architecture: 'amd64', os: 'linux' }, names: [] }
  const compressor = readCompressor(third) ?? compressors.gz
  await pushImages([plan], [parseRegistryName(second)], { store, watch: unwatched, registries, compressor })
}
process.stderr.write(`took ${(performance.now() - begun) / 1000}\npeak ${process.resourceUsage().maxRSS}\n`)
