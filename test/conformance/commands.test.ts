/** Shell commands in images, from the builders' arguments to the layers, with Debian's packages. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { type BuildOptions, build, debian, doctor, type Package } from '../../src/index.ts'
import { makeControlGroups } from '../../src/sandbox/control-group.ts'
import { missing, run } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { checkImage } from '../support/image-check.ts'
import { refused } from '../support/refused.ts'
import { temporaryFolder } from '../support/temporary.ts'

const skip = noDebs || missing('bwrap', 'unshare', 'tar')
const folder = temporaryFolder()
const store = join(folder, 'store')
const set = debian({ suite: 'bookworm', directory: folder })
const { pkgs, dockerTools, writeShellScriptBin, writeText } = set
const { buildImage, buildLayeredImage } = dockerTools
const uncompressed = { compressor: 'none' } as const

/** Files of an image's layers, as `tar -tv` lists them, without times. */
async function listed(image: Package, options: BuildOptions = {}): Promise<string> {
  const { physical } = await build(image, { store, ...options })
  await checkImage(physical)
  const place = join(folder, 'unpacked', image.name)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  await run('tar', ['-xf', physical, '-C', place])
  const lists = await run('sh', ['-c', 'for each in */layer.tar; do tar --numeric-owner -tvf "$each"; done'], {
    cwd: place,
  })
  return lists.replace(/ +\d+ 1970-01-01 00:00 /g, ' ')
}

async function content(image: Package, name: string): Promise<string> {
  return run('sh', ['-c', `for each in */layer.tar; do tar -xOf "$each" ${name} 2>/dev/null || true; done`], {
    cwd: join(folder, 'unpacked', image.name),
  })
}

test('commands: runAsRoot sees copyToRoot, runs as root, and produces one layer; extraCommands runs after it', {
  skip,
}, async () => {
  const image = buildImage({
    name: 'as-root',
    copyToRoot: [pkgs.bash, pkgs.coreutils],
    runAsRoot: `
      #!/bin/sh
      id -u > /id
      /usr/bin/env true
      mkdir -p /data && chown 999:998 /data && chmod 2775 /data
      echo changed > /usr/bin/tty
      rm /usr/bin/yes
    `,
    extraCommands: 'cat id > copied; echo extra > extraCommands',
    ...uncompressed,
  })
  const files = await listed(image)
  assert.match(files, /^drwxrwsr-x 999\/998 data\/$/m)
  assert.match(files, /^-rwxr-xr-x 0\/0 usr\/bin\/tty$/m)
  assert.doesNotMatch(files, /usr\/bin\/yes/)
  assert.equal(
    files.match(/ usr\/bin\/tty$/gm)?.length,
    1,
    'commands: a file that a command changed is in the layer once',
  )
  assert.equal(await content(image, 'copied'), '0\n')
  assert.equal(await content(image, 'usr/bin/tty'), 'changed\n')
})

test('commands: in layered images extraCommands runs, then fakeRootCommands in the tools, or with enableFakechroot in the image', {
  skip,
}, async () => {
  const commands = { extraCommands: 'mkdir -p home/alice', ...uncompressed }
  const plain = buildLayeredImage({
    name: 'plain',
    fakeRootCommands: 'chown 1000 home/alice; pwd > where',
    ...commands,
  })
  assert.match(await listed(plain), /^drwxr-xr-x 1000\/0 home\/alice\/$/m)
  assert.equal(await content(plain, 'where'), '/build\n')
  const chrooted = buildLayeredImage({
    name: 'chrooted',
    enableFakechroot: true,
    fakeRootCommands: 'chown 1000 /home/alice; pwd > /where',
    ...commands,
  })
  assert.match(await listed(chrooted), /^drwxr-xr-x 1000\/0 home\/alice\/$/m)
  assert.equal(await content(chrooted, 'where'), '/\n')
})

test('commands: a store path that only a script refers to is in the image if the script’s result refers to it', {
  skip,
}, async () => {
  const greet = writeShellScriptBin('greet', 'echo hello')
  const unused = writeText('unused', 'read only\n')
  const image = buildLayeredImage({
    name: 'referenced',
    contents: [pkgs.bash],
    fakeRootCommands: `ln -s ${greet}/bin/greet greet; cat ${unused} > read`,
    ...uncompressed,
  })
  const files = await listed(image)
  assert.match(files, /\/nix\/store\/[^/]+-greet\/bin\/greet$/m)
  assert.doesNotMatch(files, /-unused/)
  assert.equal(await content(image, 'read'), 'read only\n')
})

test('commands: a package that a script refers to must be in the image or one of the tools', { skip }, async () => {
  const image = (more: { readonly runAsRoot: string }) =>
    buildImage({ name: 'named', copyToRoot: [pkgs.bash], ...more, ...uncompressed })
  await listed(image({ runAsRoot: `${pkgs.bash}/bin/bash -c true; ${pkgs.sed}/bin/sed --version > /dev/null` }))
  const error = await refused(
    'command.package-absent',
    build(image({ runAsRoot: `${pkgs.hello}/bin/hello` }), { store }),
  )
  assert.match(error.message, /Add hello to copyToRoot/)
  await refused('command.package-absent', build(image({ runAsRoot: `ln -s ${pkgs.sed}/bin/sed /sed` }), { store }))
})

test('commands: over a base they see it, and leave only the differences', { skip }, async () => {
  const base = buildImage({ name: 'base', copyToRoot: [pkgs.bash], runAsRoot: 'echo below > /below', ...uncompressed })
  const image = buildImage({
    name: 'above',
    fromImage: base,
    runAsRoot: 'cat /below > /above; rm /below; test -x /usr/bin/bash; chmod 755 /usr',
    ...uncompressed,
  })
  const { physical } = await build(image, { store })
  await checkImage(physical)
  await listed(image)
  const manifest = JSON.parse(readFileSync(join(folder, 'unpacked', image.name, 'manifest.json'), 'utf8'))
  const own = manifest[0].Layers.at(-1)
  const files = await run('tar', ['-tf', own], { cwd: join(folder, 'unpacked', image.name) })
  assert.deepEqual(files.trim().split('\n'), ['above', '.wh.below'])
})

test('commands: in a root of another architecture they use the tools of this machine', { skip }, async () => {
  const other = process.arch === 'arm64' ? 'amd64' : 'arm64'
  const home = join(folder, other)
  mkdirSync(home)
  const foreign = debian({ suite: 'bookworm', architecture: other, directory: home })
  const image = foreign.dockerTools.buildImage({
    name: 'foreign',
    copyToRoot: [foreign.pkgs('zlib1g')],
    runAsRoot: 'mkdir -p /data && ls -d /lib/*-linux-gnu > /data/libraries && sed -i s/^/found:/ /data/libraries',
    ...uncompressed,
  })
  assert.match(await listed(image), / data\/libraries$/m)
  const triplet = other === 'arm64' ? 'aarch64' : 'x86_64'
  assert.equal(await content(image, 'data/libraries'), `found:/lib/${triplet}-linux-gnu\n`)
})

test('commands: over a base of four layers they see what the last of them left', { skip }, async () => {
  const layer = (number: number, below: Package | null): Package =>
    buildImage({
      name: `layer-${number}`,
      fromImage: below,
      copyToRoot: number === 0 ? [pkgs.bash] : null,
      runAsRoot: `echo ${number} > /each; echo ${number} > /own-${number}; rm -rf /own-${number - 2}; mkdir -p /d; rm -rf /d/*; echo > /d/${number}`,
      ...uncompressed,
    })
  const base = [1, 2, 3].reduce((below, number) => layer(number, below), layer(0, null))
  const image = buildImage({
    name: 'fifth',
    fromImage: base,
    runAsRoot: 'echo $(cat /each) /own-* /d/* > /seen',
    ...uncompressed,
  })
  await listed(image)
  assert.equal(await content(image, 'seen'), '3 /own-2 /own-3 /d/3\n')
})

test('commands: the failing line is reported by its place in the user’s file', { skip }, async () => {
  writeFileSync(
    join(folder, 'failing.ts'),
    [
      `import { debian } from ${JSON.stringify(join(import.meta.dirname, '../../src/index.ts'))}`,
      "const { dockerTools, writeText } = debian({ suite: 'bookworm' })",
      'export default dockerTools.buildImage({',
      "  name: 'failing',",
      '  runAsRoot: `',
      '    echo before',
      "    cat ${writeText('text', 'hello')} | grep nothing",
      '    echo after',
      '  `,',
      '})',
      '',
    ].join('\n'),
  )
  const { default: image }: { readonly default: Package } = await import(join(folder, 'failing.ts'))
  const error = await refused('command.failed', build(image, { store }))
  assert.match(error.message, /runAsRoot of failing failed at .*\/failing\.ts:7 /)
  assert.match(error.message, /Its last output:\n {2}before\n/)
  assert.match(readFileSync(String(error.detail.file), 'utf8'), /^before\n/)
})

test('commands: run once for one root, whatever else changes; --rebuild runs them again and compares', {
  skip,
}, async () => {
  const image = (text: string, config = {}) => buildImage({ name: 'random', runAsRoot: text, config, ...uncompressed })
  const random = 'echo $RANDOM $RANDOM $RANDOM > /random'
  await listed(image(random))
  const first = await content(image(random), 'random')
  await listed(image(random, { Env: ['A=x'] }))
  assert.equal(await content(image(random), 'random'), first, 'commands: they cannot see the config')
  const error = await refused('command.differs', build(image(random), { store, rebuild: true }))
  assert.match(error.message, /a different \/random the second time/)
  await build(image('echo same > /same'), { store, rebuild: true })
})

test('commands: an edit of copied files or of store objects unpacks no packages again', { skip }, async () => {
  const edited = async (text: string): Promise<void> => {
    writeFileSync(join(folder, 'edited.txt'), text)
    const image = buildLayeredImage({
      name: 'edited',
      contents: [pkgs.bash, set.writeTextDir('etc/edited', text), set.copy('./edited.txt', { to: '/srv/edited.txt' })],
      enableFakechroot: true,
      fakeRootCommands: 'read -r text < /srv/edited.txt; echo "$text" > /srv/seen',
      ...uncompressed,
    })
    assert.match(await listed(image), / srv\/seen$/m)
    assert.equal(await content(image, 'srv/seen'), text)
  }
  const large = (): number => {
    const sizes = globSync('sandbox/bases/*/size', { cwd: store }).map((file) =>
      readFileSync(join(store, file), 'utf8'),
    )
    return sizes.filter((size) => Number(size) > 1_000_000).length
  }
  await edited('one\n')
  const before = large()
  await edited('two\n')
  assert.ok(before > 0)
  assert.equal(large(), before)
})

test('commands: diskSize is exact: output that does not fit fails the build, output that fits does not', {
  skip,
}, async () => {
  const image = (mebibytes: number) =>
    buildImage({
      name: `disk-${mebibytes}`,
      diskSize: 8,
      runAsRoot: `head -c ${mebibytes}M /dev/zero > /file`,
      ...uncompressed,
    })
  await build(image(7), { store })
  const error = await refused('command.failed', build(image(9), { store }))
  assert.match(error.message, /No space left on device/)
})

const closed = ['--dev-bind', '/', '/', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL']

test('commands: if namespaces are forbidden they run without isolation, which is reported, or not at all', {
  skip,
}, async () => {
  const file = join(folder, 'closed.ts')
  const command = join(import.meta.dirname, '../../bin/slipway.js')
  writeFileSync(
    file,
    `import { debian } from ${JSON.stringify(join(import.meta.dirname, '../../src/index.ts'))}
    const { dockerTools } = debian({ suite: 'bookworm' })
    export default dockerTools.buildImage({ name: 'closed', runAsRoot: 'mkdir /data && chown 5:6 /data', compressor: 'none' })\n`,
  )
  const words = ['build', '--no-link', '--store', store, file]
  const inside = (more: readonly string[]) => run('bwrap', [...closed, process.execPath, command, ...words, ...more])
  await assert.rejects(inside(['--sandbox', 'namespace']), (error) => String(error).includes('sandbox.unavailable'))
  const archive = (await inside([])).trim()
  assert.match(
    await run('sh', ['-c', `tar -xOf "${archive}" --wildcards '*/layer.tar' | tar --numeric-owner -tv`]),
    /5\/6 .* data\//,
  )
})

test('commands: scripts inherit no descriptor from the program that started the build', { skip }, async () => {
  const file = join(folder, 'descriptors.ts')
  const command = join(import.meta.dirname, '../../bin/slipway.js')
  writeFileSync(
    file,
    `import { debian } from ${JSON.stringify(join(import.meta.dirname, '../../src/index.ts'))}
    const { dockerTools } = debian({ suite: 'bookworm' })
    export default dockerTools.buildImage({ name: 'descriptors', runAsRoot: 'echo /proc/$$/fd/*; false' })\n`,
  )
  for (const sandbox of ['auto', 'fakeroot'] as const) {
    const stdio: ('ignore' | 'pipe')[] = Array.from({ length: 15 }, (_, index) => (index === 2 ? 'pipe' : 'ignore'))
    const words = [command, 'build', '--no-link', '--store', store, '--sandbox', sandbox, file]
    const child = spawn(process.execPath, words, { stdio })
    const [said] = await Promise.all([text(child.stdio[2] as Readable), once(child, 'close')])
    assert.match(said, /\/fd\/0 \S*\/fd\/1 \S*\/fd\/2 /)
    assert.doesNotMatch(said, /\/fd\/1[0-4]/)
  }
})

const shadow = `${dockerTools.shadowSetup}
  groupadd -r redis
  useradd -r -g redis redis
  mkdir -p /data
  chown redis:redis /data`

test('commands: shadowSetup lets groupadd and useradd work in an empty root, a Debian root, and over a base', {
  skip,
}, async () => {
  const empty = buildImage({ name: 'shadow-empty', runAsRoot: shadow, ...uncompressed })
  assert.match(await listed(empty), /^drwxr-xr-x 999\/999 data\/$/m)
  assert.match(await content(empty, 'etc/passwd'), /^root:x:0:0::\/root:\/bin\/sh\nredis:x:999:999:/)
  assert.match(await content(empty, 'etc/shadow'), /^redis:!:/m)
  const full = buildImage({
    name: 'shadow-debian',
    copyToRoot: [pkgs.bash, pkgs.passwd],
    runAsRoot: shadow,
    ...uncompressed,
  })
  assert.match(await listed(full), /^drwxr-xr-x 999\/999 data\/$/m)
  assert.match(await content(full, 'etc/passwd'), /^redis:x:999:999:/m)
  const over = buildImage({ name: 'shadow-over', fromImage: empty, runAsRoot: 'groupadd more', ...uncompressed })
  await listed(over)
  assert.match(await content(over, 'etc/group'), /^more:x:1000:$/m)
  const layered = buildLayeredImage({
    name: 'shadow-layered',
    enableFakechroot: true,
    fakeRootCommands: shadow,
    ...uncompressed,
  })
  assert.match(await listed(layered), /^drwxr-xr-x 999\/999 data\/$/m)
})

test('commands: a killed or stopped build leaves no process, no mount, and nothing after the next command', {
  skip,
}, async () => {
  const file = join(folder, 'long.ts')
  const mark = `1${process.pid}777`
  writeFileSync(
    file,
    `import { debian } from ${JSON.stringify(join(import.meta.dirname, '../../src/index.ts'))}
    const { dockerTools } = debian({ suite: 'bookworm' })
    export default dockerTools.buildImage({ name: 'long', runAsRoot: 'echo begun > /x; (sleep ${mark} &) ; sleep ${mark}' })\n`,
  )
  const command = join(import.meta.dirname, '../../bin/slipway.js')
  for (const sandbox of ['auto', 'fakeroot'] as const)
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const words = [command, 'build', '--no-link', '--store', store, '--sandbox', sandbox, file]
      const child = spawn(process.execPath, words, { stdio: 'ignore' })
      const ended = once(child, 'close')
      await until(() => sleeping(mark) >= 2)
      child.kill(signal)
      await ended
      // Without namespaces, processes of a killed build are ended by the next command.
      if (sandbox === 'auto' || signal === 'SIGINT') await until(() => sleeping(mark) === 0)
      assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), new RegExp(folder))
      await build(writeText('next', `${sandbox} ${signal}`), { store })
      assert.deepEqual(readdirSync(join(store, 'sandbox/work')), [], signal)
      assert.equal(sleeping(mark), 0)
      assert.deepEqual(runningBelow(join(store, 'sandbox/work')), [])
    }
})

/** The commands of processes whose program is below a directory, such as fakeroot's daemon. */
function runningBelow(directory: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readlinkSync(`/proc/${pid}/exe`).startsWith(directory)) return []
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
    } catch {
      return []
    }
  })
}

function sleeping(mark: string): number {
  const commands = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : []
    } catch {
      return []
    }
  })
  return commands.filter((words) => words.includes('sleep') && words.split('\0').includes(mark)).length
}

/** Polls until it is so; the test's own time limit ends it otherwise. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

test('commands: a disk that fills up under a command is an error with a name, and nothing is left', {
  skip: skip || (process.getuid?.() === 0 ? false : 'only root mounts a disk'),
}, async (t) => {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', disk], { encoding: 'utf8' })
  if (mounted.status !== 0) return t.skip(`no tmpfs can be mounted here: ${mounted.stderr}`)
  t.after(() => spawnSync('umount', [disk]))
  const writing = (name: string) =>
    buildImage({ name, runAsRoot: 'head -c 30000000 /dev/zero > /zeros', ...uncompressed })
  await build(writing('first'), { store: disk })
  const { bavail, bsize } = statfsSync(disk)
  const room = 10_000_000
  spawnSync('fallocate', ['-l', String(bavail * bsize - room), join(disk, 'fill')])
  await refused('store.disk-full', build(writing('second'), { store: disk }))
  assert.deepEqual([readdirSync(join(disk, 'sandbox/work')), readdirSync(join(disk, 'tmp'))], [[], []])
  rmSync(join(disk, 'fill'))
  await build(writing('second'), { store: disk })
})

test('commands: a control group that a killed build left is removed by the next command', { skip }, async (t) => {
  const work = join(store, 'sandbox/work')
  const left = join(work, randomUUID())
  mkdirSync(left, { recursive: true })
  const groups = makeControlGroups(left, { disk: 2 ** 20, memory: undefined })
  if (groups.length === 0) return t.skip('this process may not make control groups')
  writeFileSync(`${left}.lock`, '')
  await build(writeText('after', 'control group'), { store })
  assert.deepEqual(
    groups.filter((group) => existsSync(group)),
    [],
  )
  assert.deepEqual(readdirSync(work), [])
})

test('doctor: tests what is available, and reports what a read-only store needs', { skip }, async () => {
  const findings = await doctor({ store, directory: folder })
  assert.ok(findings.some(({ about, works }) => about.startsWith('namespaces') && works))
  assert.ok(findings.every(({ works, said }) => works || said !== ''))
  const about = (start: string) => findings.filter((each) => each.about.startsWith(start))
  assert.ok(about('mirror ').length > 0 && about('mirror ').every(({ works, said }) => works && said === 'answers'))
  // The suite of the lock.
  assert.ok(about('mirror ').every((each) => each.about.includes('/dists/bookworm')))
  const locks = join(folder, 'locks')
  mkdirSync(locks)
  writeFileSync(join(locks, 'slipway.lock'), '{"format": 1,')
  const damaged = (await doctor({ store, directory: locks })).find((each) => each.about === 'lock')
  assert.equal(damaged?.works, false)
  assert.match(damaged?.said ?? '', /slipway\.lock:1/)
  writeFileSync(join(folder, 'file'), '')
  const [, bad] = await doctor({ store: join(folder, 'file/store') })
  assert.equal(bad?.works, false)
  assert.match(bad?.remedies.join(' ') ?? '', /--store/)
})
