/** Damaged and malicious archives and layouts: each is refused with its code, nothing is kept, nothing outside is touched. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { digestOf, hexOf } from '../../src/base/digest.ts'
import { BuildError } from '../../src/base/error.ts'
import { unwatched } from '../../src/base/event.ts'
import { headerBytes } from '../../src/format/tar/encode.ts'
import { layoutOf } from '../../src/store/layout.ts'
import type { Store } from '../../src/store/store.ts'
import { type ReadOptions, readImage } from '../../src/transport/read-image.ts'
import { plain } from '../../src/tree/entry.ts'
import { withStore } from '../support/sample-image.ts'
import { type MemberSpec, tarOf } from '../support/tar-of.ts'
import { leftInTemporary } from '../support/temporary.ts'

const layer = tarOf([['file', 'x'.repeat(3000)]])

function config(diffIds: readonly string[], more: object = {}): string {
  return JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds }, ...more })
}

const good = config([digestOf(layer)])

function index(item: object): string {
  return JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['layer.tar'], ...item }])
}

const archive: readonly MemberSpec[] = [
  ['layer.tar', layer],
  ['c.json', good],
  ['manifest.json', index({})],
]

/** The archive with some members replaced or, if undefined, omitted. */
function changed(members: Readonly<Record<string, MemberSpec[1] | undefined>>): Uint8Array {
  const kept = archive.filter(([name]) => !(name in members))
  const added = Object.entries(members).flatMap(([name, content]) =>
    content === undefined ? [] : [[name, content] as const],
  )
  return tarOf([...kept, ...added])
}

async function refused(store: Store, file: string, more: Partial<ReadOptions> = {}): Promise<BuildError> {
  try {
    await readImage(file, { store, watch: unwatched, ...more })
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    assert.deepEqual(leftInTemporary(layoutOf(store.root).temporary), [])
    return error
  }
  throw new assert.AssertionError({ message: `${file} was read` })
}

async function refusal(bytes: Uint8Array, more: Partial<ReadOptions> = {}): Promise<BuildError> {
  return withStore(async (store, folder) => {
    writeFileSync(join(folder, 'image.tar'), bytes)
    const error = await refused(store, join(folder, 'image.tar'), more)
    assert.deepEqual(readdirSync(layoutOf(store.root).objects), [], 'objects are left')
    return error
  })
}

test('hostile: an archive truncated anywhere is refused', async () => {
  const whole = tarOf(archive)
  const packed = gzipSync(whole)
  await withStore(async (store, folder) => {
    const file = join(folder, 'image.tar')
    for (const bytes of [
      whole.subarray(0, whole.length - 2000),
      whole.subarray(0, 700),
      whole.subarray(0, 100),
      packed.subarray(0, packed.length - 3),
    ]) {
      writeFileSync(file, bytes)
      assert.match((await refused(store, file)).code, /^(archive\.invalid|compression\.corrupt)$/)
    }
  })
})

test('hostile: a layer that does not match the config is refused and not kept', async () => {
  const error = await refusal(changed({ 'layer.tar': tarOf([['file', 'other']]) }))
  assert.equal(error.code, 'archive.invalid')
  assert.match(error.message, /the layer "layer\.tar" does not have the diff ID that the config states/)
})

test('hostile: a compressed layer that does not match its name is refused, even with the right content', async () => {
  const name = `blobs/sha256/${'0'.repeat(64)}`
  const members = { 'layer.tar': undefined, 'manifest.json': index({ Layers: [name] }) }
  for (const blob of [layer, gzipSync(layer)])
    assert.match((await refusal(changed({ ...members, [name]: blob }))).message, /"blobs\/sha256\/0+" has the digest/)
})

test('hostile: a size beyond the end of the file is refused at once', async () => {
  const whole = Buffer.from(tarOf(archive.slice(1)))
  const header = headerBytes({
    type: 'file',
    name: 'layer.tar',
    link: '',
    size: 2 ** 50,
    metadata: plain(0o644),
    major: 0,
    minor: 0,
  })
  assert.match(
    (await refusal(Buffer.concat([whole.subarray(0, whole.length - 1024), header, whole]))).message,
    /is truncated/,
  )
})

test('hostile: a config with another digest in its name is refused', async () => {
  const name = `${'0'.repeat(64)}.json`
  const error = await refusal(changed({ 'manifest.json': index({ Config: name }), [name]: good }))
  assert.match(error.message, /has the digest sha256:[0-9a-f]{64}; expected sha256:0000/)
})

test('hostile: a missing layer, config or index is reported', async () => {
  assert.match(
    (await refusal(changed({ 'layer.tar': undefined }))).message,
    /lists the layer "layer\.tar", but does not contain it/,
  )
  assert.match((await refusal(changed({ 'c.json': undefined }))).message, /"c\.json" is missing/)
  assert.match((await refusal(changed({ 'manifest.json': undefined }))).message, /is not an image/)
})

test('hostile: names and links that leave the archive are refused', async () => {
  for (const link of ['../outside', '/../outside', '../../etc/passwd'])
    assert.match((await refusal(changed({ 'layer.tar': { symlink: link } }))).message, /leads out of it/)
  assert.match((await refusal(changed({ '../escape': 'x' }))).message, /leaves the archive's root/)
  assert.match(
    (await refusal(changed({ 'manifest.json': index({ Layers: ['../../../etc/passwd'] }) }))).message,
    /does not contain it/,
  )
  assert.match((await refusal(changed({ 'layer.tar': { symlink: 'layer.tar' } }))).message, /cycle of links/)
})

test('hostile: two different members of one name are refused, equal ones are accepted', async () => {
  assert.match(
    (await refusal(tarOf([...archive, ['manifest.json', index({ RepoTags: [] })]]))).message,
    /different members named "manifest\.json"/,
  )
  await withStore(async (store, folder) => {
    writeFileSync(join(folder, 'twice.tar'), tarOf([...archive, ['layer.tar', layer]]))
    assert.equal((await readImage(join(folder, 'twice.tar'), { store, watch: unwatched })).layers.length, 1)
  })
})

test('hostile: a digest of another algorithm is reported', async () => {
  const error = await refusal(changed({ 'c.json': config([`sha512:${'0'.repeat(128)}`]) }))
  assert.match(error.message, /c\.json\.rootfs\.diff_ids\[0\] must be a sha256 digest; got "sha512:0+"/)
})

test('hostile: malformed documents are refused with the place', async () => {
  for (const [document, place] of [
    ['{', /not valid JSON/],
    ['\xff', /not valid JSON/],
    ['[]', /c\.json is missing or of the wrong type/],
    [config([], { os: 3 }), /c\.json\.os/],
    [config([]), /lists 1 layers, but its config has 0/],
    [JSON.stringify({ architecture: 'a', os: 'linux', rootfs: { type: 'x' } }), /rootfs\.type/],
  ] as const)
    assert.match((await refusal(changed({ 'c.json': Buffer.from(document, 'latin1') }))).message, place)
  for (const document of ['{}', '[{}]', '[{"Config":1}]', '[{"Config":"c.json","Layers":"x"}]'])
    assert.equal((await refusal(changed({ 'manifest.json': document }))).code, 'archive.invalid')
})

test('hostile: a file that expands to far more than its size is refused, unless allowed', async () => {
  const zeros = Buffer.alloc(4 * 1_048_576)
  const large = tarOf([['zeros', zeros]])
  const members = { 'layer.tar': gzipSync(large), 'c.json': config([digestOf(large)]) }
  const limit = { maxUnpackedBytes: 1_048_576 }
  assert.equal((await refusal(changed(members), limit)).code, 'archive.bomb')
  assert.equal((await refusal(gzipSync(changed({ ...members, 'layer.tar': large })), limit)).code, 'archive.bomb')
  await withStore(async (store, folder) => {
    writeFileSync(join(folder, 'image.tar'), changed(members))
    const image = await readImage(join(folder, 'image.tar'), {
      store,
      watch: unwatched,
      maxUnpackedBytes: 10 * 1_048_576,
    })
    assert.equal(image.layers[0]?.size, large.length)
  })
})

test('hostile: a layout with wrong blobs, sizes or links that leave it is refused', async () => {
  await withStore(async (store, folder) => {
    const manifest = (size: number): Buffer =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(good), size: good.length },
          layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(layer), size }],
        }),
      )
    const write = (
      name: string,
      bytes: Buffer,
      { size = layer.length, as = layer }: { size?: number; as?: Uint8Array | null } = {},
    ): string => {
      const layout = join(folder, name)
      mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
      const blob = (digest: string): string => join(layout, 'blobs/sha256', digest.slice(7))
      const document = manifest(size)
      const descriptor = {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: digestOf(document),
        size: document.length,
      }
      writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
      writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }))
      writeFileSync(blob(descriptor.digest), bytes.length === 0 ? document : bytes)
      writeFileSync(blob(digestOf(good)), good)
      if (as !== null) writeFileSync(blob(digestOf(layer)), as)
      return layout
    }
    const nothing = Buffer.alloc(0)
    assert.match((await refused(store, write('short', Buffer.from('{}')))).message, /has 2 bytes instead of/)
    const other = Buffer.from(manifest(layer.length).toString().replace('config.v1', 'config.v2'))
    assert.match((await refused(store, write('other', other))).message, /the content sha256:\w+ has the digest sha256/)
    assert.match((await refused(store, write('size', nothing, { size: 5 }))).message, /bytes instead of 5/)
    assert.match((await refused(store, write('missing', nothing, { as: null }))).message, /" is missing/)
    const lying = Buffer.from(layer)
    lying[600] = 1
    assert.equal((await refused(store, write('lying', nothing, { as: lying }))).code, 'archive.invalid')
    const linked = write('linked', nothing, { as: null })
    writeFileSync(join(folder, 'outside'), layer)
    symlinkSync(join(folder, 'outside'), join(linked, 'blobs/sha256', hexOf(digestOf(layer))))
    assert.match((await refused(store, linked)).message, /" is missing/)
    const folders = write('folders', nothing, { as: null })
    mkdirSync(join(folders, 'blobs/sha256', hexOf(digestOf(layer))))
    assert.match((await refused(store, folders)).message, /" is missing/)
    const moved = write('moved', nothing)
    renameSync(join(moved, 'blobs'), join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(moved, 'blobs'))
    assert.match((await refused(store, moved)).message, /is missing/)
    assert.equal((await refused(store, join(folder, 'nothing'))).code, 'disk.unreadable')
  })
})

test('hostile: 10,000 mutated archives, indexes and configs give an image or an error with a code, never anything else', async () => {
  const whole = tarOf(archive)
  const manifest = index({})
  const bytesOf = (length: number) => fc.tuple(fc.nat(length - 1), fc.integer({ min: 0, max: 255 }))
  const changes = (length: number) => fc.array(bytesOf(length), { minLength: 1, maxLength: 4 })
  const mutated = (bytes: Uint8Array, list: readonly (readonly [number, number])[], cut: number): Uint8Array => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of list) copy[at] = value
    return cut % 4 === 0 ? copy.subarray(0, cut) : copy
  }
  const input = fc.oneof(
    fc.tuple(changes(whole.length), fc.nat(whole.length)).map(([list, cut]) => mutated(whole, list, cut)),
    fc
      .tuple(changes(good.length), fc.nat(good.length))
      .map(([list, cut]) => changed({ 'c.json': mutated(Buffer.from(good), list, cut) })),
    fc
      .tuple(changes(manifest.length), fc.nat(manifest.length))
      .map(([list, cut]) => changed({ 'manifest.json': mutated(Buffer.from(manifest), list, cut) })),
  )
  await withStore(async (store, folder) => {
    const file = join(folder, 'image.tar')
    const before = process.memoryUsage().rss
    await fc.assert(
      fc.asyncProperty(input, async (bytes) => {
        writeFileSync(file, bytes)
        try {
          await readImage(file, { store, watch: unwatched })
        } catch (error) {
          if (!(error instanceof BuildError)) throw error
        }
      }),
      { numRuns: 10_000 },
    )
    assert.ok(process.memoryUsage().rss - before < 500 * 1_048_576, 'memory grew')
    assert.deepEqual(readdirSync(folder).sort(), ['image.tar', 'store'], 'something was written outside the store')
    assert.deepEqual(leftInTemporary(layoutOf(store.root).temporary), [])
  })
})
