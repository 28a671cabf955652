import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closureFrom, numpyApp, type Spec, shown } from '../../test/support/graphs.ts'
import { checkMaxLayers, explainGroups, groupLimit, layeringFor, perPackage } from './layering.ts'

const many: Spec = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`p${index}`, [1, []]] as const))

test('layering: maxLayers is a whole number from 2 to 125, and 128 is explained', () => {
  for (const good of [2, 100, 125]) assert.equal(checkMaxLayers(good, 'maxLayers'), good)
  for (const bad of [1, 0, -3, 2.5, Number.NaN])
    assert.throws(() => checkMaxLayers(bad, 'maxLayers'), {
      code: 'layering.max-layers',
      message: /at least 2 layers and at most 125\. Write/,
    })
  assert.throws(() => checkMaxLayers(126, 'maxLayers'), { code: 'layering.max-layers', message: /also names 128/ })
  assert.throws(() => checkMaxLayers(128, 'maxLayers'), { message: /^maxLayers is 128, .* also names 128/ })
  assert.throws(() => checkMaxLayers(500, 'maxLayers'), { message: /at most 125\. Write/ })
})

test('layering: the base and the image itself count', () => {
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
  assert.equal(perPackage()(closure).length, 8)
})

test('layering: a pipeline may give 125 layers with the base and the image, and no more', () => {
  const closure = closureFrom(many)
  const limited = (count: number, baseLayers: number): number =>
    layeringFor({ pipeline: [['popularity_contest'], ['limit_layers', count]], baseLayers })(closure).length
  assert.equal(limited(124, 0), 124)
  assert.throws(() => limited(125, 0), { code: 'layering.too-many', message: /"limit_layers", 124\]/ })
  assert.throws(() => limited(121, 4), { code: 'layering.too-many', message: /"limit_layers", 120\]/ })
})

test('layering: an explanation says how large and how popular each object is', () => {
  const closure = closureFrom(numpyApp)
  const [first, second] = explainGroups(closure, layeringFor({ maxLayers: 3, baseLayers: 0 })(closure))
  assert.deepEqual(
    first?.members.map(({ size, popularity }) => [size, popularity]),
    [[30, '19']],
  )
  assert.equal(second?.size, 167)
})
