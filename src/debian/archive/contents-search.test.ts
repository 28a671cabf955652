import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FoundFiles, inOrderOfPath, searchContents } from './contents-search.ts'
import { pathPattern } from './path-pattern.ts'

const index = `FILE                                                    LOCATION
bin/bash                                                shells/bash
usr/bin/psql                                            database/postgresql-client-common
usr/share/a file with spaces                            non-free/misc/spaced,misc/other
usr/share/grüße/psql                                    misc/greet
usr/share/psql.d/conf                                   misc/deep
var/run/x                                               misc/runner
../../etc/passwd                                        misc/evil
usr/bin/odd                                             misc/Not-A-Name
`

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function found(pattern: string, text: string = index, most?: number): Promise<readonly string[]> {
  const results: readonly string[][] = await Promise.all(
    [1, 7, 10_000].map(async (size) => {
      const files: FoundFiles = new Map()
      const how = { patterns: [pathPattern(pattern)], index: 'bookworm', ...(most === undefined ? {} : { most }) }
      await searchContents(pieces(text, size), how, files)
      return inOrderOfPath(files).map((file) => `${file.package} ${file.path}`)
    }),
  )
  const [first = [], ...others] = results
  for (const other of others) assert.deepEqual(other, first)
  return first
}

test('searchContents: names, paths and wildcards, the shortest path first', async () => {
  const common = 'postgresql-client-common /usr/bin/psql'
  assert.deepEqual(await found('psql'), [common, 'greet /usr/share/grüße/psql'])
  assert.deepEqual(await found('bin/psql'), [common])
  assert.deepEqual(await found('/usr/bin/psql'), [common])
  assert.deepEqual(await found('/psql'), [])
  assert.deepEqual(await found('ps?l'), [common, 'greet /usr/share/grüße/psql'])
  assert.deepEqual(await found('[op]sql'), [common, 'greet /usr/share/grüße/psql'])
  assert.deepEqual(await found('/usr/*/psql'), [common])
  assert.deepEqual(await found('/usr/**/psql'), [common, 'greet /usr/share/grüße/psql'])
  assert.deepEqual(await found('grüße/*'), ['greet /usr/share/grüße/psql'])
  assert.deepEqual(await found('psql.d/'), ['deep /usr/share/psql.d/conf'])
})

test('searchContents: paths are those of an image, where /bin and /var/run are links', async () => {
  for (const pattern of ['/usr/bin/bash', '/bin/bash', 'bash'])
    assert.deepEqual(await found(pattern), ['bash /usr/bin/bash'])
  assert.deepEqual(await found('/run/x'), ['runner /run/x'])
})

test('searchContents: several packages, spaces, and lines that are no files', async () => {
  assert.deepEqual(await found('a file*'), [
    'other /usr/share/a file with spaces',
    'spaced /usr/share/a file with spaces',
  ])
  assert.deepEqual(await found('passwd'), [])
  assert.deepEqual(await found('odd'), [])
  assert.deepEqual(await found('conf', index.trimEnd()), ['deep /usr/share/psql.d/conf'])
})

test('searchContents: endless lines and endless answers are refused', async () => {
  await assert.rejects(found('x', 'a'.repeat(1_100_000)), { code: 'debian.index-invalid' })
  await assert.rejects(found('?*', index, 3), {
    code: 'argument.invalid',
    message: /more than 3 files match\. Write more/,
  })
})

test('pathPattern: what is no pattern is refused', () => {
  for (const wrong of ['', '/', '*', '**', '[a', 'a\\'])
    assert.throws(() => pathPattern(wrong), { code: 'argument.invalid', message: /is not a pattern of paths/ }, wrong)
})
