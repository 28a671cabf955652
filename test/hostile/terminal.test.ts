/** Images in which every string is hostile to a terminal: the printed output is harmless, the JSON is exact. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { slipway } from '../support/slipway.ts'
import { tarOf } from '../support/tar-of.ts'
import { inFolder } from '../support/workshop.ts'

const hostile = '\x1b]0;owned\x07\x1b[2J\r\u202eevil\u2066\x9b31m\x7f\u2028'
/**
 * Everything that a terminal would interpret, except line breaks.
 */
const harmful = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

function assertHarmless(text: string): void {
  assert.doesNotMatch(text.replaceAll('\n', ''), harmful)
  assert.ok(text.length < 20_000, `${text.length} characters`)
}

const config = {
  os: 'linux',
  architecture: 'amd64',
  created: '2024-01-01T00:00:00Z',
  config: { Env: [`A=${hostile}`], Labels: { [hostile]: hostile }, Cmd: [hostile, 'x'.repeat(300_000)] },
  rootfs: { type: 'layers', diff_ids: [''] },
  history: [{ created_by: hostile.repeat(1000), comment: hostile }],
}

function archive(change: { readonly tags?: readonly string[]; readonly layer?: string }): Uint8Array {
  const layer = tarOf([[`usr/${hostile}`, 'x']])
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`
  const name = change.layer ?? 'layer.tar'
  const manifest = [{ Config: 'config.json', RepoTags: change.tags ?? ['a:1'], Layers: [name] }]
  return tarOf([
    ['config.json', JSON.stringify({ ...config, rootfs: { type: 'layers', diff_ids: [diffId] } })],
    [change.layer === undefined ? name : 'other', layer],
    ['manifest.json', JSON.stringify(manifest)],
  ])
}

test('hostile: inspect prints nothing that a terminal interprets, and its JSON is exact', async () => {
  await inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'image.tar'), archive({}))
    const { status, stdout, stderr } = await slipway(['inspect', 'image.tar'], { cwd })
    assert.equal(status, 0, stderr)
    for (const text of [stdout, stderr]) assertHarmless(text)
    const { stdout: json } = await slipway(['inspect', 'image.tar', '--json'], { cwd })
    assert.doesNotMatch(json.replaceAll('\n', ''), harmful)
    const summary = JSON.parse(json)
    assert.deepEqual(summary.config, config.config)
    assert.equal(summary.layers[0].createdBy, hostile.repeat(1000))
  })
})

test('hostile: errors about tags, members, places and arguments are harmless', async () => {
  await inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'tags.tar'), archive({ tags: [hostile, `${hostile}${'x'.repeat(300_000)}`] }))
    writeFileSync(join(cwd, 'layer.tar'), archive({ layer: `${hostile}${'y'.repeat(3000)}` }))
    writeFileSync(join(cwd, 'bad.ts'), `throw new Error(${JSON.stringify(`${hostile}\nslipway: forged`)})\n`)
    for (const words of [
      ['inspect', 'tags.tar'],
      ['inspect', 'docker-archive:tags.tar:absent:1'],
      ['inspect', 'layer.tar'],
      ['inspect', hostile],
      ['build', 'bad.ts'],
      [hostile],
      ['build', `--${hostile}`],
    ]) {
      const { stdout, stderr } = await slipway(words, { cwd })
      for (const text of [stdout, stderr]) assertHarmless(text)
      assert.doesNotMatch(stderr, /^slipway: forged/m)
    }
    const { stderr } = await slipway(['build', 'bad.ts', '--debug'], { cwd })
    assert.doesNotMatch(stderr.replaceAll('\n', ''), harmful)
  })
})
