/**
 * The measured program: streams a docker-archive of a store's objects to standard output, like a stream script.
 *
 * Usage: measured.js ROOT LAYERS.json
 */
import { readFileSync } from 'node:fs'
import { unwatched } from '../src/base/event.ts'
import type { LayerRecipe } from '../src/layer/layer.ts'
import { planLayer } from '../src/layer/plan.ts'
import { openStoreToRead } from '../src/store/disk-reader.ts'
import { writeDockerArchive } from '../src/transport/archive.ts'

const [root = '', layersFile = ''] = process.argv.slice(2)
const recipes: readonly LayerRecipe[] = JSON.parse(readFileSync(layersFile, 'utf8'))
await using store = await openStoreToRead(root)
const layers = recipes.map((recipe) => planLayer(store, recipe))
const config = { architecture: 'amd64', os: 'linux' }
await writeDockerArchive({ layers, config, names: ['bench:latest'] }, { store, watch: unwatched, output: 1 })
process.stderr.write(`peak ${process.resourceUsage().maxRSS}\n`)
