/** References to a Debian package by `${pkg}`, wherever they appear and whatever the base has: the path leads to the package's files. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type BuiltImage, build, debian, type Package, type PackageSet } from '../../src/index.ts'
import { type FakeArchive, type FakePackage, serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { type FileView, viewOf } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const bash: FakePackage = { name: 'bash', files: [['./bin/bash', 'bash\n']] }
const other: FakePackage = { name: 'other', files: [['./usr/bin/other', 'other\n']] }

let archive: FakeArchive
let set: PackageSet
let bases: Readonly<Record<string, BuiltImage | null>>
before(async () => {
  archive = await serveArchive()
  await archive.publish([...minimalRoot, bash, other])
  mkdirSync(join(folder, 'set'))
  writeFileSync(join(folder, 'set/archive.asc'), archive.keyring)
  const { mirrors } = archive
  const where = { directory: join(folder, 'set'), mirrors, keyring: 'archive.asc' }
  set = debian({ suite: 'bookworm', architecture: 'amd64', ...where })
  const { pkgs, dockerTools } = set
  const base = (copyToRoot: Package) => dockerTools.buildImage({ name: 'base', tag: '1', copyToRoot })
  bases = { 'no base': null, 'a base with it': base(pkgs('bash')), 'a base without it': base(pkgs('other')) }
})
after(() => archive[Symbol.asyncDispose]())

/** The file that a path resolves to, as `file mode owner text`. */
function followed(files: FileView, path: string, left: number = 20): string | undefined {
  const parts = path.split('/').filter((part) => part !== '')
  for (let length = 1; length <= parts.length; length++) {
    const said = files.get(parts.slice(0, length).join('/'))
    const target = said === undefined ? undefined : /^symlink \d+ \d+:\d+ (.*)$/s.exec(said)?.[1]
    if (target === undefined) continue
    const from = target.startsWith('/') ? '' : parts.slice(0, length - 1).join('/')
    return left === 0 ? undefined : followed(files, [from, target, ...parts.slice(length)].join('/'), left - 1)
  }
  return files.get(parts.join('/'))
}

/** Every path of the package in the image. */
async function said(image: Package): Promise<readonly (string | undefined)[]> {
  const { files, config } = await viewOf((await build(image, { store })).physical)
  const texts = [...files.values(), JSON.stringify(config)].join('\n')
  const paths = [...texts.matchAll(/\/nix\/store\/[0-9a-z]{32}-bash[^/"]*\/bin\/bash/g)].map(([path]) => path)
  return paths.map((path) => followed(files, path))
}

type Say = (set: PackageSet, fromImage: BuiltImage | null) => Package

const script = ({ writeShellScriptBin }: PackageSet): Package => writeShellScriptBin('hey', 'echo hey')
const name = 'app'
const ways: Readonly<Record<string, Say>> = {
  'buildLayeredImage: a script among its contents': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({ name, fromImage, contents: [script(set)] }),
  'buildLayeredImage: an environment of a script': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({
      ...{ name, fromImage },
      contents: set.buildEnv({ name: 'env', paths: [script(set)] }),
    }),
  'buildLayeredImage: its config': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({ name, fromImage, config: { Cmd: [`${set.pkgs('bash')}/bin/bash`] } }),
  'buildLayeredImage: a script that only its config refers to': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({ name, fromImage, config: { Cmd: [`${script(set)}/bin/hey`] } }),
  'buildLayeredImage: a command': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({
      ...{ name, fromImage },
      extraCommands: (root) => root.write('etc/shell', `${set.pkgs('bash')}/bin/bash`),
    }),
  'buildLayeredImage: a link of a command': (set, fromImage) =>
    set.dockerTools.buildLayeredImage({
      ...{ name, fromImage },
      fakeRootCommands: (root) => root.symlink(`${set.pkgs('bash')}/bin/bash`, 'etc/shell'),
    }),
  'buildImage: a script that is copied': (set, fromImage) =>
    set.dockerTools.buildImage({ name, fromImage, copyToRoot: [script(set)] }),
  'buildImage: a file that is copied': (set, fromImage) =>
    set.dockerTools.buildImage({
      ...{ name, fromImage },
      copyToRoot: set.writeTextDir('etc/shell', `${set.pkgs('bash')}/bin/bash`),
    }),
  'buildImage: an environment of a script, copied': (set, fromImage) =>
    set.dockerTools.buildImage({ name, fromImage, copyToRoot: set.buildEnv({ name: 'env', paths: [script(set)] }) }),
  'buildImage: a link that is copied': (set, fromImage) =>
    set.dockerTools.buildImage({ name, fromImage, copyToRoot: set.dockerTools.binSh }),
  'buildImage: a script with the package beside it': (set, fromImage) =>
    set.dockerTools.buildImage({ name, fromImage, copyToRoot: [script(set), set.pkgs('bash')] }),
  'buildImage: its config': (set, fromImage) =>
    set.dockerTools.buildImage({ name, fromImage, config: { Entrypoint: [`${set.pkgs('bash')}/bin/bash`] } }),
  'buildImage: a command': (set, fromImage) =>
    set.dockerTools.buildImage({
      ...{ name, fromImage },
      runAsRoot: (root) => root.write('etc/shell', `${set.pkgs('bash')}/bin/bash`),
    }),
}

for (const [way, say] of Object.entries(ways)) {
  test(`debian: a reference leads to the package: ${way}`, async () => {
    for (const [kind, base] of Object.entries(bases)) {
      const found = await said(say(set, base))
      assert.ok(found.length > 0, `${kind}: no reference found`)
      for (const file of found) assert.equal(file, 'file 644 0:0 bash\n', kind)
    }
  })
}
