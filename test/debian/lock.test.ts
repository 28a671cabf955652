/** The lock of a Debian set, from the archive to the file: requests, contents, refusals. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Code } from '../../src/base/error.ts'
import { debianOf } from '../../src/debian/lock/resolution.ts'
import { setIn } from '../../src/debian/lock/set-kind.ts'
import { lockChanges, pruneLocks, vendorFiles } from '../../src/source/lock-changes.ts'
import { readLock } from '../../src/source/project-lock.ts'
import { realise } from '../../src/source/realise.ts'
import { removeTree } from '../../src/store/remove.ts'
import { type FakePackage, publishedAt } from '../support/debian-archive.ts'
import { type DebianTest, withDebian } from '../support/debian-shop.ts'
import { refused } from '../support/refused.ts'

const libc: readonly FakePackage[] = [
  { name: 'libc6', fields: { Depends: 'libgcc-s1' } },
  { name: 'libgcc-s1', fields: { Depends: 'libc6' } },
]
const hello: FakePackage = { name: 'hello', fields: { Depends: 'libc6' } }
const world: FakePackage = { name: 'world', fields: { Depends: 'libc6' } }
const dash: FakePackage = { name: 'dash', fields: { Depends: 'libc6', 'Pre-Depends': 'debianutils' } }
const debianutils: FakePackage = { name: 'debianutils' }

const later = (days: number) => new Date(publishedAt.getTime() + days * 86_400_000)

describe('debian lock: contents', () => {
  test('a package is locked with everything it needs, including cycles, and the second build requests nothing', async () => {
    await withDebian(async ({ archive, resolve, lockFile }) => {
      await archive.publish([hello, ...libc])
      const first = await resolve(['hello'])
      assert.deepEqual([...first.packages.keys()], ['hello', 'libc6', 'libgcc-s1'])
      assert.deepEqual(first.packages.get('libgcc-s1')?.requires, ['libc6'])
      const text = readFileSync(lockFile, 'utf8')
      archive.requests.length = 0
      const second = await resolve(['hello'])
      assert.equal(second.recipe('hello').path, first.recipe('hello').path)
      assert.deepEqual(archive.requests, [])
      assert.equal(readFileSync(lockFile, 'utf8'), text)
    })
  })

  test('recipes follow the cycle, identify their packages, and are realised from the store and the mirror', async () => {
    await withDebian(async ({ archive, resolve, shop }) => {
      await archive.publish([hello, ...libc])
      const build = shop()
      const resolution = await resolve(['hello'], { shop: build })
      const recipe = resolution.recipe('hello')
      assert.equal(recipe.as, 'unpacked:deb-1')
      assert.equal(debianOf(recipe)?.package.version, '1.0')
      const libgcc = recipe.requires[0]?.requires[0]
      assert.equal(libgcc?.requires[0], recipe.requires[0])
      await realise([recipe], build)
      for (const each of [recipe, ...recipe.requires]) assert.notEqual(build.store.info(each.path), undefined)
    })
  })

  test('one package per line, and the lock is beside the nearest package.json', async () => {
    await withDebian(async ({ archive, resolve, home, lockFile }) => {
      writeFileSync(join(home, 'package.json'), '{}')
      mkdirSync(join(home, 'images'))
      await archive.publish([hello, ...libc])
      await resolve(['hello'], { options: { directory: 'images', keyring: '../archive.asc' } })
      const lines = readFileSync(lockFile, 'utf8').split('\n')
      assert.equal(lines.filter((line) => /"(hello|libc6|libgcc-s1)": \{.*\},?$/.test(line)).length, 3)
    })
  })

  test('dash is added as data, requiring only libc6; if requested, it is a package like any other', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, dash, debianutils, ...libc])
      const implied = await resolve(['hello'])
      assert.deepEqual(implied.implied, ['dash'])
      assert.deepEqual(implied.packages.get('dash')?.requires, ['libc6'])
      const named = await resolve(['dash', 'hello'])
      assert.deepEqual(named.packages.get('dash')?.requires, ['debianutils', 'libc6'])
      assert.deepEqual(
        named.dataRecipe('dash').requires.map(({ name }) => name),
        ['libc6-1.0'],
      )
    })
  })

  test('essential "all" adds every Essential package, "none" adds none', async () => {
    await withDebian(async ({ archive, resolve }) => {
      const bash: FakePackage = { name: 'bash', fields: { Essential: 'yes', Depends: 'libc6' } }
      await archive.publish([hello, bash, dash, debianutils, ...libc])
      assert.deepEqual((await resolve(['hello'], { options: { essential: 'all' } })).implied, ['bash'])
      assert.deepEqual((await resolve(['hello'], { options: { essential: 'none' } })).implied, [])
    })
  })

  test('essential "tools" adds what people look for in a root, with what it depends on, and no other Essential package', async () => {
    await withDebian(async ({ archive, resolve }) => {
      const essential = (name: string): FakePackage => ({ name, fields: { Essential: 'yes', Depends: 'libc6' } })
      const tools = ['coreutils', 'findutils', 'grep', 'sed', 'bash', 'tar'].map(essential)
      await archive.publish([hello, ...tools, dash, debianutils, ...libc])
      const resolved = await resolve(['hello'], { options: { essential: 'tools' } })
      assert.deepEqual(resolved.implied, ['coreutils', 'dash', 'findutils', 'grep', 'sed'])
      assert.ok(resolved.packages.has('debianutils') && !resolved.packages.has('tar'))
    })
  })

  test('users get the lowest free id in name order and keep it when others are added; those of base-passwd need none', async () => {
    await withDebian(async ({ archive, resolve }) => {
      const withUser = (name: string): FakePackage => ({
        name,
        scripts: { postinst: `#!/bin/sh\nadduser --system --group ${name}\n` },
      })
      const masters: FakePackage = {
        name: 'base-passwd',
        files: [
          [
            './usr/share/base-passwd/passwd.master',
            'root::0:0:root:/root:/bin/bash\nwww-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n',
          ],
          ['./usr/share/base-passwd/group.master', 'root::0:\nwww-data:*:33:\nusers::100:\n'],
        ],
      }
      await archive.publish([withUser('zebra'), withUser('ant'), withUser('www-data'), masters])
      const first = await resolve(['zebra', 'www-data'])
      assert.deepEqual([...first.ids.users], [['zebra', 100]])
      assert.deepEqual([...first.ids.groups], [['zebra', 101]])
      const second = await resolve(['zebra', 'ant'])
      assert.deepEqual([...second.ids.users].sort(), [
        ['ant', 101],
        ['zebra', 100],
      ])
    })
  })

  test('ids that an old lock lacks are added, lowest free by name, and nothing else changes; a frozen lock stays', async () => {
    await withDebian(async ({ archive, resolve, lockFile }) => {
      const postinst =
        '#!/bin/sh\ncall() { "$@"; }\ncall adduser --system --group zebra\ncall adduser --system --group ant\n'
      await archive.publish([{ name: 'zoo', scripts: { postinst } }, ...libc])
      await resolve(['zoo'])
      const whole = readFileSync(lockFile, 'utf8')
      const old = whole.replace(/^.*"(ant|zebra)".*\n/gm, '').replace(/,(\s*[\]}])/g, '$1')
      assert.notEqual(old, whole)
      writeFileSync(lockFile, old)
      const frozen = await resolve(['zoo'], { change: { lock: { frozen: true, update: false } } })
      assert.deepEqual([frozen.ids.users.size, readFileSync(lockFile, 'utf8')], [0, old])
      const { ids } = await resolve(['zoo'])
      assert.deepEqual(
        [...ids.users],
        [
          ['ant', 100],
          ['zebra', 101],
        ],
      )
      assert.equal(readFileSync(lockFile, 'utf8'), whole)
    })
  })

  test('security and updates are included: the newest version is used, from its own base', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, { ...hello, version: '1.1', suite: 'bookworm-security' }, ...libc])
      const { packages } = await resolve(['hello'])
      assert.equal(packages.get('hello')?.version, '1.1')
      assert.equal(packages.get('hello')?.base, 'security')
    })
  })

  test('backports are used only if the suite is named, with a separate set in the lock', async () => {
    await withDebian(async ({ archive, resolve, lockFile, shop }) => {
      await archive.publish([hello, { ...hello, version: '2.0~bpo12+1', suite: 'bookworm-backports' }, ...libc])
      assert.equal((await resolve(['hello'])).packages.get('hello')?.version, '1.0')
      assert.ok(!archive.requests.some((path) => path.includes('backports')))
      const { packages } = await resolve(['hello'], { options: { suite: 'bookworm-backports' } })
      assert.deepEqual([packages.get('hello')?.version, packages.get('libc6')?.version], ['2.0~bpo12+1', '1.0'])
      const keys = ['debian bookworm amd64', 'debian bookworm-backports amd64']
      assert.deepEqual([...(await readLock(lockFile, shop())).keys()].sort(), keys)
    })
  })
})

describe('debian lock: later changes', () => {
  const update = { change: { lock: { frozen: false, update: true } } } as const

  test('a new name is resolved against the recorded index, and locked packages stay', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      archive.requests.length = 0
      const { packages, roots } = await resolve(['world'])
      assert.deepEqual(roots, ['hello', 'world'])
      assert.equal(packages.has('hello'), true)
      assert.deepEqual(
        archive.requests.filter((path) => path.includes('dists')),
        [],
      )
    })
  })

  test('a new name is an error if the recorded index is neither in the store nor on the mirror', async () => {
    await withDebian(async ({ archive, home, lockFile, resolve }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      const text = readFileSync(lockFile, 'utf8')
      await archive.publish([{ ...hello, version: '2.0' }, world, ...libc], { date: later(0.0001) })
      await withDebian(async (other) => {
        writeFileSync(join(other.home, 'slipway.lock'), text)
        writeFileSync(join(other.home, 'archive.asc'), readFileSync(join(home, 'archive.asc')))
        const failure = await refused(
          'debian.index-gone',
          other.resolve(['world'], { options: { mirrors: archive.mirrors } }),
        )
        assert.match(failure.message, /slipway lock --update/)
      })
    })
  })

  test('a recorded index that has disappeared from the mirror is found at a snapshot service', async () => {
    await withDebian(async ({ archive, home, lockFile, resolve }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      const text = readFileSync(lockFile, 'utf8')
      const old = new Map(archive.files)
      await archive.publish([{ ...hello, version: '2.0' }, ...libc])
      await withDebian(async (other) => {
        for (const [path, bytes] of old)
          other.archive.files.set(path.replace(/^\/[^/]*/, '/archive$&/20240506T070809Z'), bytes)
        writeFileSync(other.lockFile, text)
        writeFileSync(join(other.home, 'archive.asc'), readFileSync(join(home, 'archive.asc')))
        const options = { mirrors: archive.mirrors, snapshot: new URL('/', other.archive.mirrors.archive).href }
        const { packages } = await other.resolve(['world'], { options })
        assert.deepEqual([packages.get('hello')?.version, packages.get('world')?.version], ['1.0', '1.0'])
      })
    })
  })

  test('lines of a merged lock stay unchanged, whatever its index has', async () => {
    await withDebian(async ({ archive, resolve, lockFile }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      const text = readFileSync(lockFile, 'utf8')
      writeFileSync(lockFile, text.replace('"hello": {"version":"1.0"', '"hello": {"version":"0.9"'))
      assert.equal((await resolve(['world'])).packages.get('hello')?.version, '0.9')
    })
  })

  test('the store remembers the objects of a used lock, so that garbage collection keeps them', async () => {
    await withDebian(async ({ archive, resolve, shop, lockFile }) => {
      await archive.publish([hello, ...libc])
      const resolution = await resolve(['hello'])
      const known = shop().store.memory.fact('lock', lockFile) ?? ''
      assert.ok(known.includes(resolution.recipe('hello').path))
    })
  })

  test('--update uses the current index and reports changes', async () => {
    await withDebian(async ({ archive, resolve, shop }) => {
      const dropped: FakePackage = { name: 'old-lib' }
      await archive.publish([{ ...hello, fields: { Depends: 'libc6, old-lib' } }, dropped, ...libc])
      await resolve(['hello'])
      await archive.publish([
        { ...hello, version: '2.0', fields: { Depends: 'libc6, new-lib' } },
        { name: 'new-lib' },
        ...libc,
      ])
      const build = shop(update.change)
      await resolve(['hello'], { shop: build })
      const [change, ...more] = lockChanges(build)
      assert.equal(more.length, 0)
      assert.deepEqual(
        change?.packages.map(({ name, from, to }) => [name, from?.version, to?.version]),
        [
          ['hello', '1.0', '2.0'],
          ['new-lib', undefined, '1.0'],
          ['old-lib', '1.0', undefined],
        ],
      )
    })
  })

  test('a mirror older than the lock is refused', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, ...libc])
      await resolve(['hello'])
      await archive.publish([hello, ...libc], { date: later(-1) })
      const failure = await refused('debian.release-older', resolve(['hello'], update))
      assert.match(failure.message, /2024-05-05T07:08:09Z.*2024-05-06T07:08:09Z/)
    })
  })

  test('--frozen refuses names that the lock lacks, and builds those that it has', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      const frozen = { change: { lock: { frozen: true, update: false } } }
      await resolve(['hello'], frozen)
      const failure = await refused('lock.frozen', resolve(['world'], frozen))
      assert.match(failure.message, /lacks world/)
    })
  })

  test('prune removes unused roots, and what only they needed; ids stay', async () => {
    await withDebian(async ({ archive, resolve, shop, lockFile }) => {
      const big: FakePackage = {
        name: 'big',
        fields: { Depends: 'big-data' },
        scripts: { postinst: '#!/bin/sh\nadduser --system --group big\n' },
      }
      await archive.publish([hello, big, { name: 'big-data' }, ...libc])
      await resolve(['hello', 'big'])
      const build = shop()
      await resolve(['hello'], { shop: build })
      const [change] = await pruneLocks(build)
      assert.deepEqual(
        change?.packages.map(({ name }) => name),
        ['big', 'big-data'],
      )
      const locked = setIn(await readLock(lockFile, build), 'debian bookworm amd64')
      assert.deepEqual(locked?.roots, ['hello'])
      assert.deepEqual([...(locked?.ids.users.keys() ?? [])], ['big'])
    })
  })

  test('prune keeps what another set uses that reaches the lock through another path', async () => {
    await withDebian(async ({ archive, resolve, shop, home, lockFile }) => {
      symlinkSync(home, `${home}-link`)
      await archive.publish([hello, world, ...libc])
      const build = shop()
      await resolve(['hello'], { shop: build })
      await resolve(['world'], { shop: build, options: { directory: `${home}-link` } })
      assert.deepEqual(await pruneLocks(build), [])
      assert.deepEqual(setIn(await readLock(lockFile, build), 'debian bookworm amd64')?.roots, ['hello', 'world'])
    })
  })

  test('two builds that add different names concurrently both keep theirs', async () => {
    await withDebian(async ({ archive, resolve, shop, lockFile }) => {
      await archive.publish([hello, world, ...libc])
      await Promise.all([resolve(['hello']), resolve(['world'])])
      assert.deepEqual(setIn(await readLock(lockFile, shop()), 'debian bookworm amd64')?.roots, ['hello', 'world'])
    })
  })

  test('a lock that another process keeps changing is left to it', async () => {
    await withDebian(async ({ archive, resolve, shop, lockFile }) => {
      await archive.publish([hello, world, ...libc])
      await resolve(['hello'])
      const text = readFileSync(lockFile, 'utf8')
      let reads = 0
      const read = (file: string) => {
        if (file === lockFile)
          return Buffer.from(text.replace('"users": {}', `"users": {"other": ${100 + (reads++ % 900)}}`))
        return shop().project.read(file)
      }
      const change = { project: { read, write: () => Promise.reject(new Error('written')) } }
      await refused('lock.busy', resolve(['world'], { change }))
    })
  })

  test('if the set is locked only for another architecture, architecture must be written', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, ...libc])
      await resolve(['hello'])
      const failure = await refused('debian.architecture', resolve(['hello'], { change: { architecture: 'arm64' } }))
      assert.match(failure.message, /architecture: "amd64"/)
    })
  })
})

describe('debian lock: a .deb that has disappeared from the mirror', () => {
  /** Locks hello, then the archive changes; `again` builds from the lock with an empty store. */
  async function moved(test: DebianTest, again: (other: DebianTest, text: string) => Promise<void>): Promise<void> {
    await test.archive.publish([hello, ...libc])
    await test.resolve(['hello'])
    const text = readFileSync(test.lockFile, 'utf8')
    await test.archive.publish([{ ...hello, version: '2.0' }, ...libc])
    await withDebian(async (other) => {
      writeFileSync(other.lockFile, text)
      await again(other, text)
    })
  }

  test('is used from the store', async () => {
    await withDebian(async (test) => {
      await test.archive.publish([hello, ...libc])
      await test.resolve(['hello'])
      await test.archive.publish([])
      const build = test.shop()
      await realise([(await test.resolve(['hello'], { shop: build })).recipe('hello')], build)
    })
  })

  test('is an error with a remedy if it is nowhere', async () => {
    await withDebian((test) =>
      moved(test, async (other) => {
        const build = other.shop()
        const built = async () => {
          const how = { shop: build, options: { mirrors: test.archive.mirrors } }
          await realise([(await other.resolve(['hello'], how)).recipe('hello')], build)
        }
        const failure = await refused('debian.deb-gone', built())
        assert.match(failure.message, /hello 1\.0 .* no longer on the mirror.*slipway lock --update/)
      }),
    )
  })

  test('is found below the other base', async () => {
    await withDebian((test) =>
      moved(test, async (other) => {
        const build = other.shop()
        await other.archive.publish([{ ...hello, suite: 'bookworm-security' }])
        const mirrors = { archive: test.archive.mirrors.archive, security: other.archive.mirrors.security }
        const resolution = await other.resolve(['hello'], { shop: build, options: { mirrors } })
        await realise([resolution.recipe('hello')], build)
      }),
    )
  })

  test('is found in a vendored directory, and nothing is written twice', async () => {
    await withDebian(async (test) => {
      const vendor = join(test.home, 'vendor')
      await test.archive.publish([hello, ...libc])
      const build = test.shop()
      await test.resolve(['hello'], { shop: build })
      assert.equal((await vendorFiles(vendor, build)).length, 3)
      assert.deepEqual(await vendorFiles(vendor, build), [])
      await moved(test, async (other) => {
        const again = other.shop()
        const options = { mirrors: test.archive.mirrors, snapshot: vendor }
        const { recipe } = await other.resolve(['hello'], { shop: again, options })
        const before = test.archive.requests.length
        await realise([recipe('hello')], again)
        // Before any mirror: a build without a network does not wait for one.
        assert.deepEqual(test.archive.requests.slice(before), [])
      })
    })
  })

  test("is found at a snapshot service by the lock's date", async () => {
    await withDebian((test) =>
      moved(test, async (other) => {
        await other.archive.publish([hello])
        const deb = other.archive.files.get('/debian/pool/main/hello_1.0_amd64.deb')
        other.archive.files.clear()
        if (deb !== undefined)
          other.archive.files.set('/archive/debian/20240506T070809Z/pool/main/hello_1.0_amd64.deb', deb)
        const build = other.shop()
        const options = { mirrors: test.archive.mirrors, snapshot: new URL('/', other.archive.mirrors.archive).href }
        await realise([(await other.resolve(['hello'], { shop: build, options })).recipe('hello')], build)
      }),
    )
  })
})

describe('debian lock: a damaged lock', () => {
  async function refusedLock(code: Code, change: (text: string) => string): Promise<string> {
    let message = ''
    await withDebian(async ({ archive, resolve, lockFile }) => {
      await archive.publish([hello, ...libc])
      await resolve(['hello'])
      writeFileSync(lockFile, change(readFileSync(lockFile, 'utf8')))
      message = (await refused(code, resolve(['hello']))).message
    })
    return message
  }

  test('a merge conflict is reported with its line', async () => {
    const message = await refusedLock('lock.conflict-markers', (text) =>
      text.replace('      "roots"', '<<<<<<< HEAD\n      "roots"'),
    )
    assert.match(message, /slipway\.lock:10: .*merge conflict/)
  })

  test('invalid JSON is reported with its line', async () => {
    assert.match(
      await refusedLock('lock.invalid', (text) => text.replace('"roots": [', '"roots": [,')),
      /slipway\.lock:10: .*not valid JSON/,
    )
  })

  test('a missing required package, a size that is a string, and a file outside its base are refused', async () => {
    assert.match(
      await refusedLock('lock.invalid', (text) => text.replace('"requires":["libc6"]', '"requires":["libc7"]')),
      /hello, which requires the missing package libc7/,
    )
    assert.match(
      await refusedLock('lock.invalid', (text) =>
        text.replace(/"size":(\d+)(?=,"sha256":"[0-9a-f]+","requires")/, '"size":"$1"'),
      ),
      /slipway\.lock:\d+: .*size/,
    )
    assert.match(
      await refusedLock('lock.invalid', (text) => text.replace('"pool/main/hello', '"pool/../../hello')),
      /leads out of its base/,
    )
  })
})

test('debian lock: without a network, the error names what is missing', async () => {
  await withDebian(async ({ archive, resolve, shop, lockFile, home }) => {
    await archive.publish([hello, ...libc])
    await resolve(['hello'])
    const text = readFileSync(lockFile, 'utf8')
    removeTree(home)
    mkdirSync(home)
    writeFileSync(lockFile, text)
    await archive[Symbol.asyncDispose]()
    // A warm store needs no network.
    const build = shop()
    await realise([(await resolve(['hello'], { shop: build })).recipe('hello')], build)
    writeFileSync(join(home, 'archive.asc'), archive.keyring)
    rmSync(lockFile)
    const failure = await refused('network.unreachable', resolve(['hello']))
    assert.match(failure.message, /dists\/bookworm.*cannot be reached/)
  })
})
