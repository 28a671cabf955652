/** `slipway build --to`, `export` and `merge` as users see them: their files, their output, and that a failure leaves nothing. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../support/command.ts'
import { checkImage } from '../support/image-check.ts'
import { viewOf } from '../support/image-view.ts'
import { type Ended, slipway, writeProject } from '../support/slipway.ts'
import { tarOf } from '../support/tar-of.ts'
import { inFolder } from '../support/workshop.ts'

const source = `import { debian } from 'slipway'
const { dockerTools, writeTextDir, writeText } = debian({ suite: 'bookworm', architecture: 'amd64' })
const contents = writeTextDir('etc/motd', 'hello\\n')
export const one = dockerTools.buildLayeredImage({ name: 'one', tag: '1', contents })
export const two = dockerTools.buildImage({ name: 'team/two', tag: '2', copyToRoot: contents, config: { Cmd: ['/two'] }, allowMissingCommand: true })
export const stream = one.stream
export const arm = one.override({ architecture: 'arm64' })
export const index = dockerTools.imageIndex([one, arm], { annotations: { 'org.example.note': 'x' } })
export const many = dockerTools.mergeImages([one, two])
export const text = writeText('text', 'no image')
export default one
`

/** Runs in a directory with a project; `slipway WORDS` is called as `ship(WORDS)`. */
async function inProject(work: (ship: (words: string) => Promise<Ended>, cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source })
    await work((words) => slipway(words.split(' '), { cwd }), cwd)
  })
}

/** Runs and returns what was printed. */
async function printed(ended: Promise<Ended>): Promise<string> {
  const { status, stdout, stderr } = await ended
  assert.equal(status, 0, stderr)
  return stdout.trimEnd()
}

/** Files in the directory besides the project and the store. */
function leftIn(cwd: string): readonly string[] {
  const skip = ['node_modules', '.store']
  const found = globSync(['**', '.*', '.*/**'], { cwd, exclude: (name) => skip.includes(name) })
  return found.filter((name) => !['.', 'image.ts', 'package.json', ...skip].includes(name)).sort()
}

test('cli: build --to writes each format, and no link', async () => {
  await inProject(async (ship, cwd) => {
    const places = ['docker-archive:a.tar.gz', 'oci:layout', 'oci-archive:b.tar']
    for (const place of places) assert.equal(await printed(ship(`build image.ts --to ${place}`)), place)
    assert.deepEqual(
      leftIn(cwd)
        .filter((name) => !name.startsWith('layout/'))
        .sort(),
      ['a.tar.gz', 'b.tar', 'layout'],
    )
    const views = await Promise.all(['a.tar.gz', 'layout', 'b.tar'].map((file) => viewOf(join(cwd, file))))
    for (const { names, diffIds, config } of views)
      assert.deepEqual([names, diffIds, config], [['one:1'], views[0]?.diffIds, views[0]?.config])
    for (const file of ['a.tar.gz', 'layout', 'b.tar']) await checkImage(join(cwd, file))
  })
})

test('cli: build --to writes a docker-archive with the same bytes as the result', async () => {
  await inProject(async (ship, cwd) => {
    for (const name of ['one', 'two']) {
      const result = await printed(ship(`build image.ts#${name}`))
      await printed(ship(`build image.ts#${name} --to docker-archive:${name}.tar`))
      assert.ok(readFileSync(join(cwd, `${name}.tar`)).equals(readFileSync(result)), name)
      assert.equal(readlinkSync(join(cwd, 'result')), result)
    }
    const { id, size } = JSON.parse(
      await printed(ship('build image.ts#stream --to docker-archive:s.tar:other:3 --json')),
    )
    assert.match(id, /^sha256:[0-9a-f]{64}$/)
    assert.equal(size, readFileSync(join(cwd, 's.tar')).length)
    assert.deepEqual((await viewOf(join(cwd, 's.tar'))).names, ['other:3'])
    await printed(ship('build image.ts#stream --to oci:packed --compressor zstd:1'))
    const [manifest] = blobsOf(join(cwd, 'packed')).filter((blob) => 'layers' in blob)
    assert.match(JSON.stringify(manifest), /tar\+zstd/)
  })
})

function blobsOf(layout: string): readonly object[] {
  return globSync('blobs/sha256/*', { cwd: layout }).flatMap((name): object[] => {
    const bytes = readFileSync(join(layout, name))
    return bytes[0] === 0x7b ? [JSON.parse(bytes.toString())] : []
  })
}

test('cli: build --to writes an index of images, and all of merged images', async () => {
  await inProject(async (ship, cwd) => {
    for (const place of ['oci:index', 'oci-archive:index.tar']) {
      await printed(ship(`build image.ts#index --to ${place}`))
      await checkImage(join(cwd, place.replace(/.*:/, '')))
    }
    const listed = blobsOf(join(cwd, 'index')).filter((blob) => 'manifests' in blob)
    assert.match(JSON.stringify(listed), /amd64.*arm64.*org\.example\.note/)
    const refused = await ship('build image.ts#index --to docker-archive:index-2.tar')
    assert.deepEqual([refused.status, refused.stdout], [1, ''])
    assert.match(refused.stderr, /cannot contain an index.*oci-archive:index-2\.tar.*\[argument\.invalid\]/s)
    await printed(ship('build image.ts#many --to oci:many'))
    assert.match(readFileSync(join(cwd, 'many/index.json'), 'utf8'), /one:1.*team\/two:2/)
  })
})

test('cli: inspect explains every image of an index or an archive, or the requested one', async () => {
  await inProject(async (ship) => {
    const index = await printed(ship('inspect image.ts#index'))
    assert.match(index, /^platform +linux\/amd64$/m)
    assert.match(index, /^platform +linux\/arm64$/m)
    assert.match(await printed(ship('inspect image.ts#index --platform linux/arm64')), /^platform +linux\/arm64/m)
    const both = await printed(ship('inspect image.ts#many'))
    assert.match(both, /^name +one:1$[\s\S]*^name +team\/two:2$/m)
    assert.doesNotMatch(both, /also here/)
    await printed(ship('build image.ts#many --out many'))
    for (const named of ['many:2', 'many:team/two:2']) {
      const one = await printed(ship(`inspect ${named} --sort size`))
      assert.match(one, /^name +team\/two:2$/m)
      assert.doesNotMatch(one, /^name +one:1|^layer/m)
    }
    assert.match((await ship('inspect many:3')).stderr, /\[image\.not-found\]/)
    const { others } = JSON.parse(await printed(ship('inspect image.ts#many --json')))
    assert.deepEqual([others.length, others[0].names, others[0].platform], [1, ['team/two:2'], 'linux/amd64'])
    assert.doesNotMatch(await printed(ship('inspect image.ts#one')), /also here/)
  })
})

const wrong: readonly (readonly [words: string, code: string, says: RegExp])[] = [
  ['build image.ts --to docker-daemon:one:1', 'argument.invalid', /"docker-daemon:".*docker-archive:FILE/s],
  ['build image.ts --to out.tar', 'argument.invalid', /docker-archive:out\.tar/],
  ['build image.ts --to oci:out --out link', 'argument.invalid', /--out.*--to/],
  ['build image.ts --out oci:out', 'argument.invalid', /"oci:out" is a place.* Give it as --to/s],
  ['build image.ts --out docker://localhost/x', 'argument.invalid', /is a place/],
  ['build image.ts --compressor zstd', 'argument.invalid', /--compressor/],
  ['build image.ts --to docker-archive:nowhere/out.tar', 'archive.unwritable', /nowhere/],
  ['build image.ts --to oci-archive:nowhere/out.tar', 'archive.unwritable', /nowhere/],
  ['build image.ts --to oci:package.json', 'archive.unwritable', /package\.json/],
  ['build image.ts --to docker-archive:out.tar:notag', 'argument.invalid', /name:tag/],
  ['build image.ts#text --to oci:out', 'archive.invalid', /-text: The tar archive is broken/],
  ['build image.ts#many --to oci:out:one', 'argument.invalid', /2 images/],
  ['export missing.tar -o out.tar', 'disk.unreadable', /missing\.tar/],
  ['export cut.tar -o out.tar', 'archive.invalid', /cut\.tar/],
  ['export lying.tar -o out.tar', 'archive.invalid', /does not have the diff ID that the config states/],
  ['export image.ts#none -o out.tar', 'load.no-export', /none/],
  ['export image.ts -o nowhere/out.tar', 'archive.unwritable', /nowhere/],
  ['export docker-archive:lying.tar:x:2 -o out.tar', 'image.not-found', /x:1/],
  ['merge image.ts lying.tar -o out.tar', 'archive.invalid', /does not have the diff ID that the config states/],
  ['merge image.ts lying.tar -o oci:out', 'archive.invalid', /does not have the diff ID that the config states/],
  ['merge image.ts missing.tar -o oci-archive:out', 'disk.unreadable', /missing\.tar/],
  ['merge image.ts image.ts#two -o docker-archive:out.tar:x:1', 'argument.invalid', /2 images/],
  ['merge image.ts -o ocy:out', 'argument.invalid', /"ocy:"/],
]

test('cli: a failure of build --to, export or merge is exit code 1, a few lines, no stack, and nothing is written', async () => {
  await inProject(async (ship, cwd) => {
    const layer = tarOf([['file', 'x'.repeat(3000)]])
    const config = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
    }
    const lying = tarOf([
      ['layer.tar', layer],
      ['c.json', JSON.stringify(config)],
      ['manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['layer.tar'] }])],
    ])
    writeFileSync(join(cwd, 'lying.tar'), lying)
    writeFileSync(join(cwd, 'cut.tar'), lying.subarray(0, 2000))
    await printed(ship('build image.ts --no-link'))
    const temporary = () => globSync('tmp/*', { cwd: join(cwd, '.store') })
    for (const [words, code, says] of wrong) {
      const { status, stdout, stderr } = await ship(words)
      assert.deepEqual([words, status, stdout], [words, 1, ''])
      assert.match(stderr, says)
      assert.ok(stderr.includes(`[${code}]`), stderr)
      assert.doesNotMatch(stderr, /^ +at /m)
      assert.deepEqual([words, leftIn(cwd), temporary()], [words, ['cut.tar', 'lying.tar'], []])
    }
  })
})

test('cli: wrong usage of export and merge is exit code 2', async () => {
  await inProject(async (ship, cwd) => {
    for (const words of [
      'export',
      'merge',
      'merge image.ts',
      'merge image.ts -o a.tar --compressor xz',
      'export a b',
    ]) {
      const { status, stdout, stderr } = await ship(words)
      assert.deepEqual([words, status, stdout], [words, 2, ''])
      assert.match(stderr, /^USAGE\n/)
    }
    assert.deepEqual(leftIn(cwd), [])
  })
})

test('cli: export writes the files of an image (described, built, or in a layout) to a file or to stdout', async () => {
  await inProject(async (ship, cwd) => {
    await printed(ship('build image.ts'))
    await printed(ship('build image.ts --to oci:layout'))
    const all = ['image.ts', './result', 'oci:layout', 'docker-archive:result:one:1']
    for (const [index, image] of all.entries()) {
      assert.equal(await printed(ship(`export ${image} -o ${index}.tar`)), `${index}.tar`)
      assert.ok(readFileSync(join(cwd, `${index}.tar`)).equals(readFileSync(join(cwd, '0.tar'))), image)
    }
    assert.match(await run('tar', ['-tf', join(cwd, '0.tar')]), /^\.\/etc\/motd$/m)
    const said = JSON.parse(await printed(ship('export image.ts -o 9.tar --json')))
    assert.deepEqual(said, { file: '9.tar', size: readFileSync(join(cwd, '9.tar')).length })
    assert.equal((await ship('export image.ts')).stdout.length, readFileSync(join(cwd, '0.tar'), 'utf8').length)
  })
})

test('cli: merge combines images, keeps all names, and converts a single one', async () => {
  await inProject(async (ship, cwd) => {
    await printed(ship('build image.ts#two'))
    assert.equal(await printed(ship('merge image.ts ./result image.ts -o both.tar')), 'docker-archive:both.tar')
    const index = JSON.parse(await run('tar', ['-xOf', join(cwd, 'both.tar'), 'manifest.json']))
    assert.deepEqual(
      index.flatMap(({ RepoTags }: { readonly RepoTags: readonly string[] }) => RepoTags),
      ['one:1', 'team/two:2'],
    )
    await checkImage(join(cwd, 'both.tar'))
    const to = JSON.parse(
      await printed(ship('merge docker-archive:both.tar:team/two:2 -o oci:two --compressor gz --json')),
    )
    const back = JSON.parse(await printed(ship('merge oci:two -o oci-archive:two.tar --json')))
    assert.equal(back.id, to.id)
    await checkImage(join(cwd, 'two'))
    assert.ok(existsSync(join(cwd, 'two.tar')))
  })
})

test('cli: inspect explains a stream like the same image as an archive', async () => {
  await inProject(async (ship) => {
    const [stream, archive] = [
      await printed(ship('inspect image.ts#stream --json')),
      await printed(ship('inspect image.ts#one --json')),
    ]
    assert.deepEqual(JSON.parse(stream), JSON.parse(archive))
    assert.match(await printed(ship('inspect image.ts#stream')), /one:1/)
  })
})
