/**
 * Damaged and malicious archives, given to everything that reads images: the command, `exportImage`, `mergeImages`, and `fromImage`. Each
 * is refused with its code, with exit code 1, and neither the store nor the output contains anything of it.
 */
import assert from 'node:assert/strict'
import { globSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from '../../src/base/digest.ts'
import { type BuildError, build, type Code, debian, exportImage, mergeImages } from '../../src/index.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { slipway } from '../support/slipway.ts'
import { type MemberSpec, tarOf } from '../support/tar-of.ts'
import { inFolder } from '../support/workshop.ts'

const layer = tarOf([['file', 'x'.repeat(3000)]])

function config(diffId: string = digestOf(layer)): string {
  return JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } })
}

function index(layers: readonly string[] = ['layer.tar'], Config: string = 'c.json'): string {
  return JSON.stringify([{ Config, RepoTags: ['x:1'], Layers: layers }])
}

const good: readonly MemberSpec[] = [
  ['layer.tar', layer],
  ['c.json', config()],
  ['manifest.json', index()],
]
const whole = tarOf(good)
/** 18 frames of 64 MiB of zeros: 1152 MiB from a few kilobytes. */
const frame = zstdCompressSync(Buffer.alloc(64 * 1_048_576))
const wrongName = `${'0'.repeat(64)}.json`

interface Hostile {
  readonly file: Uint8Array
  readonly code: Code
  readonly says: RegExp
  /** The part after the file's name. */
  readonly select?: string
}

const hostile: Readonly<Record<string, Hostile>> = {
  'a truncated archive': {
    file: whole.subarray(0, 3000),
    code: 'archive.invalid',
    says: /image\.tar: .*is truncated/,
  },
  'a truncated compressed archive': {
    file: gzipSync(whole).subarray(0, -3),
    code: 'compression.corrupt',
    says: /image\.tar/,
  },
  'a layer with another digest than in the config': {
    file: tarOf([['layer.tar', tarOf([['file', 'other']])], ...good.slice(1)]),
    code: 'archive.invalid',
    says: /does not have the diff ID that the config states/,
  },
  'a config with another digest than in its name': {
    file: tarOf([...good.slice(0, 1), [wrongName, config()], ['manifest.json', index(undefined, wrongName)]]),
    code: 'archive.invalid',
    says: /; expected sha256:/,
  },
  'a blob with another digest than in its name': {
    file: tarOf([
      [`blobs/sha256/${'1'.repeat(64)}`, layer],
      ['c.json', config()],
      ['manifest.json', index([`blobs/sha256/${'1'.repeat(64)}`])],
    ]),
    code: 'archive.invalid',
    says: /has the digest/,
  },
  'a path with ../': {
    file: tarOf([...good, ['../escape', 'x']]),
    code: 'archive.invalid',
    says: /leaves the archive/,
  },
  'a layer that is a path with ../': {
    file: tarOf([...good.slice(0, 2), ['manifest.json', index(['../../../etc/passwd'])]]),
    code: 'archive.invalid',
    says: /does not contain it/,
  },
  'a layer that is an absolute path': {
    file: tarOf([...good.slice(0, 2), ['manifest.json', index(['/etc/passwd'])]]),
    code: 'archive.invalid',
    says: /does not contain it/,
  },
  'a layer through a symlink that leads out': {
    file: tarOf([['layer.tar', { symlink: '../../../../etc/passwd' }], ...good.slice(1)]),
    code: 'archive.invalid',
    says: /leads out of it/,
  },
  'a layer through an absolute symlink': {
    file: tarOf([['layer.tar', { symlink: '/etc/passwd' }], ...good.slice(1)]),
    code: 'archive.invalid',
    says: /does not contain it/,
  },
  'a decompression bomb': {
    file: Buffer.concat(Array.from({ length: 18 }, () => frame)),
    code: 'archive.bomb',
    says: /unpack to more than/,
  },
  'two members of one name that differ': {
    file: tarOf([...good, ['manifest.json', index([])]]),
    code: 'archive.invalid',
    says: /different members named "manifest\.json"/,
  },
  'a manifest without its layer': { file: tarOf(good.slice(1)), code: 'archive.invalid', says: /does not contain it/ },
  'a missing tag': { file: whole, code: 'image.not-found', says: /x:1/, select: ':x:2' },
  'a sha512 digest': {
    file: tarOf([...good.slice(0, 1), ['c.json', config(`sha512:${'0'.repeat(128)}`)], ...good.slice(2)]),
    code: 'archive.invalid',
    says: /must be a sha256 digest/,
  },
}

/** Everything in the store that work could leave: objects and temporary files. */
function kept(store: string): readonly string[] {
  return globSync(['nix/store/*', 'tmp/*', 'blobs/*', 'unpacked/*'], { cwd: store })
}

async function codeOf(work: Promise<unknown>): Promise<Code | undefined> {
  return work.then(
    () => undefined,
    (thrown: BuildError) => thrown.code,
  )
}

for (const [what, { file, code, says, select = '' }] of Object.entries(hostile)) {
  test(`hostile: ${what}: exit code 1 and ${code}, and no leftovers`, async () => {
    await inFolder(async (cwd) => {
      writeFileSync(join(cwd, 'image.tar'), file)
      const store = join(cwd, '.store')
      await (await openStore(store))[Symbol.asyncDispose]()
      const place = `docker-archive:image.tar${select}`
      const { status, stdout, stderr } = await slipway(['export', place, '-o', 'out.tar'], { cwd })
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, says)
      assert.ok(stderr.includes(`[${code}]`), stderr)
      assert.doesNotMatch(stderr, /^ +at /m)
      assert.deepEqual([kept(store), readdirSync(cwd).sort()], [[], ['.store', 'image.tar']])
      const from = `docker-archive:${cwd}/image.tar${select}`
      if (code !== 'archive.bomb') {
        for (const out of ['docker-archive:out.tar', 'oci:out', 'oci-archive:out.tar'])
          assert.equal(await codeOf(mergeImages([from], { store, out: out.replace(':', `:${cwd}/`) })), code)
        assert.equal(await codeOf(exportImage(from, { store, out: join(cwd, 'out.tar') })), code)
      }
      assert.deepEqual([kept(store), readdirSync(cwd).sort()], [[], ['.store', 'image.tar']])
    })
  })
}

test('hostile: as a base each is refused with its code; the store has only the archive itself, and none of its contents', async () => {
  await inFolder(async (cwd) => {
    for (const [number, [what, { file, code, select }]] of Object.entries(hostile).entries()) {
      if (code === 'archive.bomb') continue
      writeFileSync(join(cwd, `${number}.tar`), file)
      const { dockerTools } = debian({ suite: 'bookworm', directory: cwd, architecture: 'amd64' })
      const given = { name: 'x', fromImage: `${number}.tar`, ...(select === undefined ? {} : { fromImageTag: '2' }) }
      for (const image of [dockerTools.buildImage(given), dockerTools.buildLayeredImage(given)])
        assert.equal(await codeOf(build(image, { store: join(cwd, '.store') })), code, what)
    }
    assert.deepEqual(
      kept(join(cwd, '.store')).filter(
        (path) => !/^(nix\/store|unpacked)\/[0-9a-z]{32}-\d+\.tar(\.outline)?$/.test(path),
      ),
      [],
    )
  })
})

test('hostile: maxUnpackedBytes sets the limit for every reader', async () => {
  await inFolder(async (cwd) => {
    const zeros = tarOf([['zeros', Buffer.alloc(4 * 1_048_576)]])
    const packed = tarOf([
      ['layer.tar', gzipSync(zeros)],
      ['c.json', config(digestOf(zeros))],
      ['manifest.json', index()],
    ])
    writeFileSync(join(cwd, 'image.tar'), packed)
    const { dockerTools } = debian({ suite: 'bookworm', directory: cwd, architecture: 'amd64' })
    const image = join(cwd, 'image.tar')
    const readers = (most: number): readonly ((store: string) => Promise<unknown>)[] => {
      const limit = { maxUnpackedBytes: most, compressor: 'none' } as const
      const made = [
        dockerTools.buildImage({ name: 'x', fromImage: image, ...limit }),
        dockerTools.buildLayeredImage({ name: 'x', fromImage: image, ...limit }),
        dockerTools.exportImage({ fromImage: image, ...limit }),
        dockerTools.mergeImages([image], limit),
        dockerTools.imageIndex([image], { name: 'x', tag: '1', ...limit }),
      ]
      return [
        ...made.map((each) => (store: string) => build(each, { store })),
        (store) => exportImage(image, { store, out: join(cwd, 'out.tar'), maxUnpackedBytes: most }),
        (store) => mergeImages([image], { store, out: join(cwd, 'out.tar'), ...limit }),
      ]
    }
    for (const [number, read] of readers(1_048_576).entries())
      assert.equal(await codeOf(read(join(cwd, `store-${number}`))), 'archive.bomb', `reader ${number}`)
    for (const [number, read] of readers(10 * 1_048_576).entries()) await read(join(cwd, `store-${number}`))
    const words = ['export', 'image.tar', '-o', 'cli.tar', '--max-unpacked-bytes']
    assert.match((await slipway([...words, '1000000'], { cwd })).stderr, /\[archive\.bomb\]/)
    assert.equal((await slipway([...words, '10000000'], { cwd })).status, 0)
    assert.equal((await slipway([...words, 'many'], { cwd })).status, 2)
  })
})

test('hostile: maxUnpackedBytes affects neither path nor tag', async () => {
  await inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'image.tar'), whole)
    const { dockerTools } = debian({ suite: 'bookworm', directory: cwd, architecture: 'amd64' })
    const made = dockerTools.buildLayeredImage({ name: 'x', fromImage: 'image.tar' })
    const store = join(cwd, '.store')
    assert.deepEqual(await build(made.override({ maxUnpackedBytes: 5 }), { store }), await build(made, { store }))
  })
})
