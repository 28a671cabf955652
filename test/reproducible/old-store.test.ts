/** Stream scripts of a store that the first release made: their confs are of format 1, and the image has the same bytes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { digestOf } from '../../src/base/digest.ts'
import { build, debian } from '../../src/index.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { parseStorePath, type StorePath } from '../../src/store/store-path.ts'
import { directory, executable, file, type Item, memoryTree } from '../../src/tree/memory.ts'
import { temporaryFolder } from '../support/temporary.ts'

// Of its own files: etc/, etc/old, made; a tar file.
const ownLayer =
  'H4sIAAAAAAACA+3T0QqCMBiG4V2KNxBz6lq3Y26KUWpugZff6tADi0Chep+Tb7DB+Pn4XaikWFkaGa2fGc1zdlYiVWmeK5FosYGbD+UYvx/7Piy9e3X/pVzsvz/b9fs35v3+s8w8+s9k107Sh350sprsYWhVo69TrqxplT81tffGdu2x1oPdxSHkJ8P8ef+X0rot9n9fFAv9F/P9L2IkKfv/E/0DAAAAAAAAAAAAAABgPXdcHwoQACgAAA=='

const conf = readFileSync(join(import.meta.dirname, '../vectors/conf-1.json'), 'utf8')

const script = `#!/bin/sh
store=$(dirname "$(readlink -f "$0")")
launcher=\${store%/nix/store}/bin/slipway-1
[ -x "$launcher" ] || { echo "slipway: $launcher is missing: run any slipway command on this store once" >&2; exit 1; }
exec "$launcher" --repo-tag 'old:1' "$@" "$store/hw7s3p9sls0m6sqzp50mdxdvdavq5qrj-old-conf.json"
`

const objects: Readonly<Record<string, Readonly<Record<string, Item>>>> = {
  'l79l62bvlxp6pzaamrbl3zxa9q37bcj6-inner': { '': file('inner\n') },
  'cxd8pi1g5qx31d7i1sjgfss7dnibf5pd-old': {
    ...{ '': directory(), etc: directory() },
    'etc/old': file('old /nix/store/l79l62bvlxp6pzaamrbl3zxa9q37bcj6-inner\n'),
  },
  'rldpwmd6cvkfzvlinl7wak7497jmgqa5-old-customisation-layer': { '': file(gunzipSync(Buffer.from(ownLayer, 'base64'))) },
  'hw7s3p9sls0m6sqzp50mdxdvdavq5qrj-old-conf.json': { '': file(conf) },
  'gyfkgx3r82h342663k88apsxcz2kv9cy-stream-old': { '': executable(script) },
}

test('a stream script that the first release left in a store streams the same image', async () => {
  const root = join(temporaryFolder(), 'store')
  {
    await using store = await openStore(root)
    for (const [name, items] of Object.entries(objects))
      await store.add(storePath(name), memoryTree(items), { candidates: [] })
  }
  // Any command on the store makes the launchers.
  await build(debian({ suite: 'bookworm' }).writeText('any', 'text'), { store: root })
  const image = execFileSync('sh', [join(root, 'nix/store/gyfkgx3r82h342663k88apsxcz2kv9cy-stream-old')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  assert.equal(digestOf(image), 'sha256:2454e6f5eb5174ec1b9eb61eb201e70761044281364166f2da196b8f76b3bdf1')
})

function storePath(name: string): StorePath {
  const path = parseStorePath(name)
  assert.ok(path !== undefined)
  return path
}
