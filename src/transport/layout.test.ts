import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { parseIndex } from '../format/oci.ts'
import { refNameAnnotation } from './layout-names.ts'

/** Lists a content in a layout under 25 names, one after another. */
const program = `
import { inLayout } from '${join(import.meta.dirname, 'layout.ts')}'
const [folder, own] = process.argv.slice(-2)
const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: 'sha256:' + '0'.repeat(64), size: 2 }
await inLayout(folder, async (target) => {
  for (let number = 0; number < 25; number++) await target.name(descriptor, [own + number])
})
`

test('layout: processes that add to one layout at the same time lose no entry', async () => {
  const folder = join(temporaryFolder(), 'layout')
  const owners = ['a', 'b', 'c', 'd']
  const children = owners.map((own) =>
    spawn(process.execPath, ['--input-type=module', '-e', program, '--', folder, own], { stdio: 'inherit' }),
  )
  for (const ended of await Promise.all(children.map((child) => once(child, 'exit'))))
    assert.deepEqual(ended, [0, null])
  const { value } = parseIndex(readFileSync(join(folder, 'index.json')), 'index.json')
  const names = value.manifests.map(({ annotations }) => annotations?.[refNameAnnotation])
  const expected = owners.flatMap((own) => Array.from({ length: 25 }, (_, number) => `${own}${number}`))
  assert.deepEqual(names.sort(), expected.sort())
  assert.deepEqual(readdirSync(folder).sort(), ['blobs', 'index.json', 'oci-layout'])
})
