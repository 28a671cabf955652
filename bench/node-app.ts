/** A made-up Node application and its packages, about as large and as compressible as packages of npm's are. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { locked, type NpmRegistry, type Packed, pack } from '../test/support/npm-project.ts'

const image = `import { debian, node } from 'slipway'
export default node({ on: debian({ suite: 'bookworm' }), runtime: '24', ignore: ['*.tar'] }).image({ name: 'app', tag: 'latest', compressor: 'none' })
`

/** Makes packages up. */
export function madeUpPackages(count: number): readonly Packed[] {
  return Array.from({ length: count }, (_, index) => madeUp(index))
}

function madeUp(index: number): Packed {
  const files = Object.fromEntries(
    Array.from({ length: 4 + (index % 40) }, (_, file) => {
      const line = `exports.f${file} = ${JSON.stringify(randomBytes(24).toString('base64'))}\n`
      return [`lib/part-${file}.js`, line.repeat(8) + randomBytes(1500).toString('base64').replace(/.{70}/g, '$&\n')]
    }),
  )
  return pack({ name: `made-up-${index}`, version: '1.0.0', license: 'MIT' }, files)
}

/** Writes an application that needs packages of a registry, and the description of its image. Without packages, Node comes from npm's own. */
export function writeApp(app: string, packages: readonly Packed[], registry: Pick<NpmRegistry, 'url'>): void {
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]))
  const entries = Object.fromEntries(packages.map((each) => [`node_modules/${each.name}`, locked(each, registry)]))
  const manifest = { name: 'app', version: '1.0.0', scripts: { start: 'node server.js' }, dependencies }
  const lock = { name: 'app', version: '1.0.0', lockfileVersion: 3, packages: { '': manifest, ...entries } }
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(app, 'package-lock.json'), JSON.stringify(lock))
  if (packages.length > 0) writeFileSync(join(app, '.npmrc'), `registry=${registry.url.href}\n`)
  writeFileSync(join(app, 'image.ts'), image)
  writeFileSync(join(app, 'server.js'), '// server\n')
}
