import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closureFrom, numpyApp, type Spec, shown } from '../../../test/support/graphs.ts'
import { groupLimit, layeringFor } from './layering.ts'

const many: Spec = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`p${index}`, [1, []]] as const))

test('layering: the base’s layers and the image’s own count', () => {
  assert.equal(groupLimit(100, 0), 99)
  assert.equal(groupLimit(10, 8), 1)
  assert.throws(() => groupLimit(10, 9), { code: 'layering.max-layers', message: /Set maxLayers to at least 11/ })
  assert.equal(layeringFor({ maxLayers: 10, baseLayers: 6 })(closureFrom(numpyApp)).length, 3)
  assert.equal(layeringFor({ baseLayers: 0 })(closureFrom(many)).length, 99)
})

test('layering: "auto" and a pipeline are chosen by name', () => {
  const closure = closureFrom(numpyApp)
  const auto = layeringFor({ layering: 'auto', maxLayers: 5, baseLayers: 0 })(closure)
  assert.equal(shown(auto), 'glibc | openssl python zlib | numpy openblas | app bash')
  assert.equal(layeringFor({ pipeline: [['split_every', 4]], maxLayers: 2, baseLayers: 0 })(closure).length, 2)
})

test('layering: a pipeline may give 125 layers, including the base’s and the image’s own, and no more', () => {
  const closure = closureFrom(many)
  const limited = (count: number, baseLayers: number): number =>
    layeringFor({ pipeline: [['popularity_contest'], ['limit_layers', count]], baseLayers })(closure).length
  assert.equal(limited(124, 0), 124)
  assert.throws(() => limited(125, 0), { code: 'layering.too-many', message: /"limit_layers", 124\]/ })
  assert.throws(() => limited(121, 4), { code: 'layering.too-many', message: /"limit_layers", 120\]/ })
})
