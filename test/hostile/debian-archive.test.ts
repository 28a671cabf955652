/**
 * Debian archives that send wrong data, are outdated, are signed by an unknown key, or lack what is requested: each is an error, and
 * nothing is kept.
 */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Code } from '../../src/base/error.ts'
import { realise } from '../../src/source/realise.ts'
import {
  answer,
  clearsign,
  type FakePackage,
  makeKey,
  type Publishing,
  publishedAt,
} from '../support/debian-archive.ts'
import { type DebianTest, withDebian } from '../support/debian-shop.ts'
import { refused } from '../support/refused.ts'
import { nowhere } from '../support/workshop.ts'

const hello: FakePackage = { name: 'hello', fields: { Depends: 'libc6' } }
const libc: FakePackage = { name: 'libc6' }
const later = (milliseconds: number) => new Date(publishedAt.getTime() + milliseconds)
const day = 86_400_000

/** Checks that locking hello from an archive prepared like this fails with the given error, and leaves no lock. */
async function refusedWhenLocking(
  code: Code,
  prepare: (test: DebianTest) => Promise<unknown>,
  words: RegExp,
): Promise<void> {
  await withDebian(async (test) => {
    await prepare(test)
    assert.match((await refused(code, test.resolve(['hello']))).message, words)
    assert.equal(existsSync(test.lockFile), false)
  })
}

describe('debian archive: InRelease', () => {
  const published = (publishing: Publishing) => (test: DebianTest) => test.archive.publish([hello, libc], publishing)

  test('signed by an unknown key', async () => {
    const { privateKey } = await makeKey()
    await refusedWhenLocking(
      'debian.signature-untrusted',
      published({ signedBy: privateKey }),
      /No known key .* names [0-9A-F]{16}/,
    )
  })

  test('signed by an expired key, and by a revoked one', async () => {
    const expired = await makeKey({ expiresAfterDays: 10 })
    await refusedWhenLocking(
      'debian.key-expired',
      async (test) => {
        writeFileSync(join(test.home, 'archive.asc'), expired.publicKey.armor())
        await test.archive.publish([hello, libc], {
          signedBy: expired.privateKey,
          date: new Date('2020-01-05T00:00:00Z'),
        })
      },
      /not currently valid.*expired/,
    )
    const { revokeKey } = await import('openpgp')
    await refusedWhenLocking(
      'debian.key-expired',
      async (test) => {
        const { publicKey } = await revokeKey({
          key: test.archive.key,
          format: 'object',
          date: new Date('2024-05-06T00:00:00Z'),
        })
        writeFileSync(join(test.home, 'archive.asc'), publicKey.armor())
        await test.archive.publish([hello, libc])
      },
      /revoked/,
    )
  })

  test('verified before, by a key that has since expired', async () => {
    const key = await makeKey({ expiresAfterDays: 5 * 365 })
    await withDebian(async (test) => {
      writeFileSync(join(test.home, 'archive.asc'), key.publicKey.armor())
      await test.archive.publish([hello, libc], { signedBy: key.privateKey })
      await test.resolve(['hello'])
      const change = { now: new Date('2026-01-01T00:00:00Z'), lock: { frozen: false, update: true } }
      await refused('debian.key-expired', test.resolve(['hello'], { change }))
    })
  })

  test('changed after it was signed', async () => {
    await refusedWhenLocking(
      'debian.signature-bad',
      published({ tamper: (text) => text.replace('Origin: Debian', 'Origin: Deb1an') }),
      /changed after it was signed/,
    )
  })

  test('with text before, after or inside its armour', async () => {
    const words = /does not (begin|end)|more than one/
    await refusedWhenLocking(
      'debian.release-invalid',
      published({ tamper: (text) => `Codename: evil\n${text}` }),
      words,
    )
    await refusedWhenLocking(
      'debian.release-invalid',
      published({ tamper: (text) => `${text}\nCodename: evil\n` }),
      words,
    )
    const other = await clearsign('Codename: evil', (await makeKey()).privateKey)
    await refusedWhenLocking(
      'debian.release-invalid',
      published({ tamper: (text) => `${text.trimEnd()}\n${other}` }),
      words,
    )
  })

  test('missing: the suite does not exist', async () => {
    await withDebian(async ({ archive, resolve, lockFile }) => {
      await archive.publish([hello, libc])
      const { message } = await refused('debian.suite-missing', resolve(['hello'], { options: { suite: 'bookwurm' } }))
      assert.match(message, /There is no suite "bookwurm" at http:\/\/127\.0\.0\.1:\d+\/\S+\. Check the suite's name/)
      assert.equal(existsSync(lockFile), false)
    })
  })

  test('of another release, and of a suite whose name is not a codename', async () => {
    await refusedWhenLocking('debian.release-mismatch', published({ codename: 'trixie' }), /has the codename trixie/)
    await withDebian(async ({ set }) => {
      assert.throws(() => set({ suite: 'stable' }), /"stable" means another release over time/)
    })
  })

  test('expired; no error if it never expires', async () => {
    await refusedWhenLocking(
      'debian.release-expired',
      published({ validUntil: later(1000) }),
      /valid until 2024-05-06T07:08:10Z/,
    )
    await withDebian(async (test) => {
      await published({})(test)
      await test.resolve(['hello'], { change: { now: later(3650 * day) } })
    })
  })

  test('expiry does not matter to a locked build', async () => {
    await withDebian(async (test) => {
      await published({ validUntil: later(day) })(test)
      await test.resolve(['hello'])
      await test.resolve(['hello'], { change: { now: later(30 * day) } })
      await refused(
        'debian.release-expired',
        test.resolve(['hello'], { change: { now: later(30 * day), lock: { frozen: false, update: true } } }),
      )
    })
  })

  test('dated in the future: the clock is wrong', async () => {
    await refusedWhenLocking(
      'debian.clock',
      published({ date: later(2 * day) }),
      /2024-05-08T07:08:09Z.*clock is at 2024-05-06T07:09:09Z/,
    )
  })

  test('without an index for the architecture', async () => {
    await withDebian(async (test) => {
      await published({})(test)
      await refused('debian.index-missing', test.resolve(['hello'], { options: { architecture: 's390x' } }))
    })
  })

  test('endless, in a redirect loop, or unreachable', async () => {
    await refusedWhenLocking(
      'network.too-large',
      async (test) => {
        await published({})(test)
        test.archive.intercept(/bookworm\/InRelease$/, (_request, response) => {
          const piece = Buffer.alloc(1024 * 1024, 'x')
          // After a failed write there must be no other: the reader has gone.
          const more = (failure?: Error | null) => void (failure || response.destroyed || response.write(piece, more))
          more()
        })
      },
      /more than the expected 16777216 bytes/,
    )
    await refusedWhenLocking(
      'network.redirect-loop',
      async (test) => {
        await published({})(test)
        test.archive.intercept(/InRelease/, (request, response) =>
          response.writeHead(301, { location: request.url }).end(),
        )
      },
      /leads back/,
    )
    await refusedWhenLocking('debian.suite-missing', async () => {}, /no suite "bookworm" at/)
  })
})

describe('debian archive: indexes and packages', () => {
  test('an index that is not available by hash is downloaded by name, and checked', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([hello, libc])
      archive.intercept(/by-hash/, (_request, response) => response.writeHead(404).end())
      assert.equal((await resolve(['hello'])).packages.size, 2)
    })
    await refusedWhenLocking(
      'debian.index-gone',
      async ({ archive }) => {
        await archive.publish([hello, libc])
        archive.intercept(/by-hash/, (_request, response) => response.writeHead(404).end())
        archive.intercept(/Packages\.gz$/, (request, response) =>
          answer(request, response, Buffer.from('something else')),
        )
      },
      /No mirror has the package index of bookworm/,
    )
  })

  test('a tampered .deb is refused, and nothing of it is kept', async () => {
    await withDebian(async (test) => {
      await test.archive.publish([hello, libc])
      const resolution = await test.resolve(['hello'])
      const { path } = resolution.recipe('hello')
      const fresh = test.archive
      await withDebian(async (other) => {
        const build = other.shop()
        fresh.intercept(/hello_1\.0/, (request, response, genuine) =>
          answer(request, response, genuine && Buffer.from(genuine.map((byte) => byte ^ 1))),
        )
        copyFileSync(test.lockFile, other.lockFile)
        const made = async (): Promise<void> => {
          const resolved = await other.resolve(['hello'], { shop: build, options: { mirrors: fresh.mirrors } })
          await realise([resolved.recipe('hello')], build)
        }
        await refused('network.digest-mismatch', made())
        assert.equal(build.store.info(path), undefined)
      })
    })
  })

  test('a mirror with wrong data does no harm if another one is correct', async () => {
    await withDebian(async (wrong) => {
      await withDebian(async ({ archive, resolve, shop }) => {
        await archive.publish([hello, libc])
        await wrong.archive.publish([hello, libc], { signedBy: archive.key })
        wrong.archive.intercept(/pool|by-hash|Packages/, (request, response, genuine) =>
          answer(request, response, genuine && Buffer.alloc(genuine.length)),
        )
        const build = shop()
        const both = (name: 'archive' | 'security') => [wrong.archive.mirrors[name], archive.mirrors[name]]
        const options = { mirrors: { archive: both('archive'), security: both('security') } }
        await realise([(await resolve(['hello'], { shop: build, options })).recipe('hello')], build)
      })
    })
  })

  test('an unknown name suggests the nearest, a virtual one its providers, an unsatisfiable one the chain', async () => {
    const packages: readonly FakePackage[] = [
      hello,
      libc,
      { name: 'mawk', fields: { Provides: 'awk' } },
      { name: 'gawk', fields: { Provides: 'awk' } },
      { name: 'top', fields: { Depends: 'middle' } },
      { name: 'middle', fields: { Depends: 'nowhere (>= 2) | libc6 (>= 9)' } },
    ]
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish(packages)
      assert.match((await refused('debian.package-unknown', resolve(['helo']))).message, /Did you mean "hello"/)
      assert.match((await refused('debian.package-virtual', resolve(['awk']))).message, /gawk, mawk/)
      assert.match(
        (await refused('debian.unsatisfiable', resolve(['top']))).message,
        /nowhere \(>= 2\) \| libc6 \(>= 9\), which top → middle/,
      )
    })
  })

  test('a package that needs two conflicting ones', async () => {
    await withDebian(async ({ archive, resolve }) => {
      await archive.publish([
        { name: 'both', fields: { Depends: 'exim, postfix' } },
        { name: 'exim', fields: { Provides: 'mta', Conflicts: 'mta' } },
        { name: 'postfix', fields: { Provides: 'mta', Conflicts: 'mta' } },
      ])
      const { message } = await refused('debian.conflict', resolve(['both']))
      assert.match(message, /exim \(brought by both\) conflicts with mta, which is postfix \(brought by both\)/)
    })
  })

  test('an index without a hash for a package, or with a file outside the archive', async () => {
    for (const index of [{ SHA256: 'none' }, { Filename: '../../etc/passwd' }, { Size: 'big' }]) {
      const prepare = ({ archive }: DebianTest) => archive.publish([{ ...hello, index }])
      await refusedWhenLocking('debian.index-invalid', prepare, /hello/)
    }
  })

  test('no mirror is configured', async () => {
    const { archivesOn } = await import('../../src/debian/archive/apt-settings.ts')
    const bare = nowhere
    const failure = await refused('debian.no-mirror', archivesOn('bookworm', bare))
    assert.match(failure.message, /SLIPWAY_DEBIAN_MIRROR/)
    const one = { ...bare, environment: { SLIPWAY_DEBIAN_MIRROR: 'http://127.0.0.1/mirror' } }
    await refused('debian.no-mirror', archivesOn('bookworm', one))
  })
})
