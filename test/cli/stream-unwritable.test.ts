/** A stream script in a store that its caller cannot write: another user's. */
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing, run } from '../support/command.ts'
import { slipway } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'

const skip = missing('setpriv') || (process.getuid?.() === 0 ? false : 'becoming another user needs root')

test('stream script: sends the same bytes for a user who cannot write the store, and writes nothing', {
  skip,
}, async () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  writeFileSync(
    join(folder, 'image.ts'),
    `import { debian } from "slipway"
const { dockerTools, writeTextDir } = debian({ suite: "bookworm" })
export default dockerTools.streamLayeredImage({ name: "x", tag: "1", contents: writeTextDir("etc/motd", "hello\\n") })
`,
  )
  const built = await slipway(['build', 'image.ts'], { cwd: folder })
  assert.equal(built.status, 0, built.stderr)
  // New stores are closed to others; this one is shared.
  chmodSync(join(folder, '.store'), 0o755)
  const script = built.stdout.trim()
  const digest = (words: readonly string[]) => run('sh', ['-c', `${words.join(' ')} | sha256sum`])
  const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/nonexistent']
  const cold = await digest([...other, script])
  assert.equal(await digest([script]), cold)
  assert.equal(await digest([...other, script]), cold)
})
