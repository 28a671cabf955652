import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatArchiveIndex, formatRepositories } from './docker-archive.ts'
import { parseArchiveIndex } from './docker-archive-read.ts'
import { mediaTypes, parseImageConfig, parseIndex, parseJson, parseLayoutVersion, parseManifest } from './oci.ts'

const digest = `sha256:${'a'.repeat(64)}`
const descriptor = { mediaType: 'm', digest, size: 3 }

function bytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  throw new assert.AssertionError({ message: 'it was read' })
}

test('manifest: bytes are kept, unknown keys are left out of the value, a missing media type is the specification’s', () => {
  const read = bytes({
    schemaVersion: 2,
    config: { ...descriptor, extra: 1 },
    layers: [descriptor],
    annotations: null,
    more: [],
  })
  const { value, bytes: kept } = parseManifest(read, 'm')
  assert.equal(kept, read)
  assert.deepEqual(value, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor,
    layers: [descriptor],
  })
})

test('manifest: what it must have is demanded, with the place', () => {
  for (const [value, place] of [
    [{ schemaVersion: 1, config: descriptor, layers: [] }, /^m\.schemaVersion/],
    [{ schemaVersion: 2, layers: [] }, /^m\.config/],
    [{ schemaVersion: 2, config: descriptor, layers: [{ ...descriptor, size: -1 }] }, /^m\.layers\[0\]\.size/],
    [
      { schemaVersion: 2, config: { ...descriptor, digest: 'md5:1' }, layers: [] },
      /^m\.config\.digest must be a sha256 digest; got "md5:1"/,
    ],
    [[], /^m is missing or of the wrong type/],
  ] as const)
    assert.match(
      refusal(() => parseManifest(bytes(value), 'm')),
      place,
    )
})

test('index: platforms and annotations are read', () => {
  const entry = {
    ...descriptor,
    platform: { architecture: 'arm', os: 'linux', variant: 'v7' },
    annotations: { a: 'b' },
  }
  assert.deepEqual(parseIndex(bytes({ schemaVersion: 2, manifests: [entry] }), 'i').value.manifests, [entry])
  assert.match(
    refusal(() => parseIndex(bytes({ schemaVersion: 2, manifests: [{ ...entry, platform: {} }] }), 'i')),
    /platform\.architecture/,
  )
})

test('config: null is absent, unknown container keys are kept for images that build on it', () => {
  const { value } = parseImageConfig(
    bytes({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: null, Vendor: { x: 1 } },
      history: null,
      rootfs: { type: 'layers', diff_ids: null },
    }),
    'c',
  )
  assert.deepEqual(value, {
    architecture: 'amd64',
    os: 'linux',
    config: { Vendor: { x: 1 } },
    rootfs: { type: 'layers', diff_ids: [] },
  })
})

test('documents: what is no JSON, not UTF-8, or larger than any document is refused', () => {
  assert.match(
    refusal(() => parseImageConfig(Buffer.from('{'), 'c')),
    /not valid JSON/,
  )
  assert.match(
    refusal(() => parseManifest(Buffer.from([0x22, 0xff, 0x22]), 'c')),
    /not valid JSON/,
  )
  // Configs of old build tools are not UTF-8, and container engines read them.
  const text = '{"architecture":"amd64","os":"linux","author":"Ren\xe9","rootfs":{"type":"layers"}}'
  assert.equal(parseImageConfig(Buffer.from(text, 'latin1'), 'c').value.author, 'Ren\u{fffd}')
  for (const parse of [parseImageConfig, parseManifest, parseIndex, parseLayoutVersion, parseArchiveIndex])
    assert.match(
      refusal(() => parse(Buffer.from('\u{feff}{"imageLayoutVersion":"1.0.0"}'), 'c')),
      /not valid JSON: it begins with a byte order mark/,
    )
  assert.match(
    refusal(() => parseImageConfig(new Uint8Array(16 * 1024 * 1024 + 1), 'c')),
    /is 16777217 bytes long/,
  )
  assert.match(
    refusal(() => parseLayoutVersion(bytes({ imageLayoutVersion: '2.0.0' }), 'v')),
    /imageLayoutVersion/,
  )
})

test('docker-archive: the index is read and written, without a name too', () => {
  const items = [{ Config: 'c', RepoTags: ['x:1'], Layers: ['l', 'l'] }]
  assert.deepEqual(parseArchiveIndex(formatArchiveIndex(items), 'm'), items)
  assert.equal(
    Buffer.from(formatArchiveIndex(items)).toString(),
    '[{"Config":"c","RepoTags":["x:1"],"Layers":["l","l"]}]',
  )
  assert.deepEqual(parseArchiveIndex(bytes([{ Config: 'c', RepoTags: null, Layers: null }]), 'm'), [
    { Config: 'c', RepoTags: [], Layers: [] },
  ])
  assert.match(
    refusal(() => parseArchiveIndex(bytes([{ Config: 'c', Layers: [1] }]), 'm')),
    /^m\[0\]\.Layers\[0\] is missing/,
  )
})

test('docker-archive: repositories are sorted', () => {
  const names = new Map([
    ['b', new Map([['2', 'y']])],
    [
      'a',
      new Map([
        ['z', 'x'],
        ['1', 'x'],
      ]),
    ],
  ])
  assert.equal(Buffer.from(formatRepositories(names)).toString(), '{"a":{"1":"x","z":"x"},"b":{"2":"y"}}')
})

test('documents nested without end are refused, whatever their shape', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    for (const levels of [200, 4000, 100_000]) {
      const text = `${open.repeat(levels)}1${close.repeat(levels)}`
      assert.throws(() => parseJson(Buffer.from(text), 'config.json'), {
        code: 'archive.invalid',
        message: /^config\.json/,
      })
    }
  }
})
