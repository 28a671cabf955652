/** The bill of materials of an image: valid CycloneDX 1.6, complete, and the same bytes each time. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Ajv, type ValidateFunction } from 'ajv'
import { writeSbom } from '../../src/actions/sbom.ts'
import type { NodeOptions } from '../../src/sets/node.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import type { Package } from '../../src/source/package.ts'
import { pathPackage } from '../../src/source/path.ts'
import { realise } from '../../src/source/realise.ts'
import { locked, pack, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'

/** The schemas of CycloneDX, as its own library ships them. */
function sbomSchema(): ValidateFunction {
  const library = dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'))
  const read = (name: string): object =>
    JSON.parse(readFileSync(join(library, 'res/schema', `${name}.SNAPSHOT.schema.json`), 'utf8'))
  const ajv = new Ajv({ strict: false, validateFormats: false })
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`)
  return ajv.compile(read('bom-1.6'))
}

const packages = [
  pack({ name: 'a', license: 'MIT', dependencies: { '@s/b': '^1.0.0' } }),
  pack({ name: '@s/b', version: '1.0.0-rc.1+x', license: '(Apache-2.0 OR MIT)' }),
  pack({ name: 'c', licenses: [{ type: 'MIT' }, { type: 'Apache2' }] }),
  pack({ name: 'd', license: 'SEE LICENSE IN LICENSE.txt' }),
  pack({ name: 'e', license: { type: 'UNLICENSED' } }),
]

test('sbom: every package with purl, hash, licence, layer and what it needs', () =>
  withNpm(async ({ registry, lock, write, set, shop, home }) => {
    const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]))
    lock(
      { name: 'app', dependencies, scripts: { start: 'node a.js' } },
      Object.fromEntries(packages.map((each) => [`node_modules/${each.name}`, locked(each, registry)])),
    )
    write({ 'a.js': '' })
    const texts: string[] = []
    for (const file of ['one.json', 'two.json']) {
      const work = shop()
      const image = set({ ignore: ['*.json'] }).image({ name: 'app', tag: '1' })
      const recipe = (await instantiate([image], work)).of(image)
      await realise([recipe], work)
      await writeSbom(join(home, file), { recipe, names: { imageName: 'app', imageTag: '1' } }, work)
      texts.push(readFileSync(join(home, file), 'utf8'))
    }
    const [text = '', again] = texts
    assert.equal(again, text)
    const validate = sbomSchema()
    const sbom = JSON.parse(text)
    assert.equal(validate(sbom), true, JSON.stringify(validate.errors))
    assert.deepEqual(sbom.metadata.component, { type: 'container', 'bom-ref': 'image', name: 'app', version: '1' })
    const found = new Map<string, Record<string, unknown>>(
      sbom.components.map((each: Record<string, unknown>) => [String(each.purl), each]),
    )
    assert.deepEqual([...found.keys()].sort(), [
      'pkg:npm/%40s/b@1.0.0-rc.1%2Bx',
      'pkg:npm/a@1.0.0',
      'pkg:npm/c@1.0.0',
      'pkg:npm/d@1.0.0',
      'pkg:npm/e@1.0.0',
    ])
    const licences = [...found].map(([purl, { licenses }]) => [purl, licenses])
    assert.deepEqual(Object.fromEntries(licences), {
      'pkg:npm/%40s/b@1.0.0-rc.1%2Bx': [{ expression: '(Apache-2.0 OR MIT)' }],
      'pkg:npm/a@1.0.0': [{ expression: 'MIT' }],
      'pkg:npm/c@1.0.0': [{ expression: '(MIT OR Apache2)' }],
      'pkg:npm/d@1.0.0': [{ license: { name: 'SEE LICENSE IN LICENSE.txt' } }],
      'pkg:npm/e@1.0.0': [{ license: { name: 'UNLICENSED' } }],
    })
    const [a, b] = [found.get('pkg:npm/a@1.0.0'), found.get('pkg:npm/%40s/b@1.0.0-rc.1%2Bx')]
    const integrity = Buffer.from(packages[0]?.integrity.slice('sha512-'.length) ?? '', 'base64').toString('hex')
    assert.deepEqual(a?.hashes, [{ alg: 'SHA-512', content: integrity }])
    const edges = new Map(
      sbom.dependencies.map((each: { ref: string; dependsOn: string[] }) => [each.ref, each.dependsOn]),
    )
    assert.deepEqual(edges.get(String(a?.['bom-ref'])), [b?.['bom-ref']])
  }, packages))

test('sbom: it is not written among the own files of the image, unless they leave it out', () =>
  withNpm(async ({ lock, write, set, shop, home }) => {
    lock({ name: 'app' }, {})
    write({ 'a.js': '', 'dist/a.js': '' })
    const writeTo = async (file: string, options: NodeOptions, contents: readonly Package[] = []): Promise<void> => {
      const work = shop()
      const config = { Cmd: ['a.js'] }
      const image = set(options).image({ name: 'app', tag: '1', config, contents, allowMissingCommand: true })
      const recipe = (await instantiate([image], work)).of(image)
      await realise([recipe], work)
      await writeSbom(join(home, file), { recipe, names: {} }, work)
    }
    const { message } = await refused('argument.invalid', writeTo('sbom.json', {}))
    assert.match(message, /sbom\.json is among the files that the image contains, .* leave it out: `ignore`/)
    await refused('argument.invalid', writeTo('dist/sbom.json', { files: ['dist'] }))
    await refused(
      'argument.invalid',
      writeTo('dist/sbom.json', { ignore: ['*.json'] }, [pathPackage(join(home, 'dist'))]),
    )
    assert.equal(existsSync(join(home, 'sbom.json')) || existsSync(join(home, 'dist/sbom.json')), false)
    await writeTo('sbom.json', { files: ['dist'] })
    await writeTo('../sbom.json', {})
    write({ '.dockerignore': 'dist/*.json\n' })
    await writeTo('dist/sbom.json', {})
    await refused('argument.invalid', writeTo('other.json', {}))
  }))

test('sbom: what is not one image has none', () =>
  withNpm(async ({ lock, set, shop, home }) => {
    lock({ name: 'app' }, {})
    const work = shop()
    const { modules } = set()
    const recipe = (await instantiate([modules], work)).of(modules)
    await refused('argument.invalid', writeSbom(join(home, 'x.json'), { recipe, names: {} }, work))
  }))
