/** Images built under another release of Node have the same bytes and paths, and so do archives compressed on another processor. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { run } from '../support/command.ts'
import { anotherNode } from '../support/nodes.ts'
import { writeProject } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'

const root = join(import.meta.dirname, '../..')
const image = `import { createHash } from 'node:crypto'
import { debian } from 'slipway'
const { dockerTools, writeText, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const digest = (text) => createHash('sha256').update(text).digest('hex')
const lines = (name) => Array.from({ length: 20_000 }, (_, index) => digest(name + index)).join('\\n')
const contents = ['a', 'b', 'c', 'd'].map((name) => writeTextDir('files/' + name, lines(name)))
const layered = dockerTools.buildLayeredImage({ name: 'layered', contents })
const plain = dockerTools.buildImage({ name: 'plain', copyToRoot: contents, compressor: { name: 'gz', level: 9 } })
const onBase = dockerTools.buildLayeredImage({ name: 'on-base', fromImage: plain, contents: [writeTextDir('more', 'x')] })
const naming = dockerTools.buildImage({ name: 'naming', config: { Cmd: [\`\${writeText('load', \`docker load < \${plain}\`)}\`] } })
const merged = dockerTools.mergeImages([layered, plain], { compressor: { name: 'gz', level: 1 } })
const exported = dockerTools.exportImage({ fromImage: layered, compressor: 'gz' })
const frames = dockerTools.buildLayeredImage({ name: 'frames', contents, compressor: 'zstd' })
export default writeText('all', [layered, plain, onBase, naming, merged, exported, frames].join('\\n'))
`

/** Paths and digests of all these images, built by a Node in a separate store. */
async function builtBy(node: string): Promise<readonly string[]> {
  const folder = temporaryFolder()
  writeProject(folder, { 'image.ts': image })
  const store = join(folder, 'store')
  const env = { NODE_TEST_CONTEXT: '', HOME: folder, SLIPWAY_STORE: store }
  const said = await run(node, [join(root, 'bin/slipway.js'), 'build', 'image.ts'], { cwd: folder, env })
  const paths = readFileSync(said.trim(), 'utf8').split('\n')
  assert.equal(paths.length, 7)
  return paths.map((path) => `${path} ${digestOf(readFileSync(join(store, path)))}`)
}

const node26 = anotherNode('SLIPWAY_NODE_26')
test('same bytes and paths: Node 26', { skip: node26.skip }, async () => {
  assert.deepEqual(await builtBy(node26.words[0] ?? ''), await builtBy(process.execPath))
})

const program = `import { createHash } from 'node:crypto'
import { compress } from '${root}/src/format/compression.ts'
const text = Array.from({ length: 60_000 }, (_, index) => createHash('md5').update('' + (index % 9999)).digest('hex')).join(' ')
for (const compressor of [{ name: 'gz', level: 1 }, { name: 'gz', level: 6 }, { name: 'gz', level: 9 }, { name: 'zstd', level: 3 }]) {
  const hash = createHash('sha256')
  for await (const chunk of compress(compressor, [Buffer.from(text + text + text)])) hash.update(chunk)
  console.log(hash.digest('hex'))
}`

/** Digests of what a Node compresses: enough input that threads start. */
async function compressedBy(words: readonly string[]): Promise<string> {
  const [command = '', ...rest] = words
  return run(command, [...rest, '--input-type=module', '-e', program], { env: { NODE_TEST_CONTEXT: '' } })
}

for (const [name, node] of [
  ['Node 26', node26],
  ['arm64', anotherNode('SLIPWAY_NODE_ARM64')],
] as const)
  test(`same compressed bytes: ${name}`, { skip: node.skip }, async () => {
    const expected = await compressedBy([process.execPath])
    assert.equal(expected.split('\n').length, 5)
    assert.equal(await compressedBy(node.words), expected)
  })
