import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../test/support/command.ts'
import { fakeRegistry } from '../../test/support/fake-registry.ts'
import { inFolder } from '../../test/support/workshop.ts'
import { unwatched } from '../base/event.ts'
import { type BoundSettings, registriesOf } from './registries.ts'

const { signal } = unwatched

test('settings of registries: files and directories that are asked for must exist', async () => {
  await inFolder(async (home) => {
    const open = (settings: BoundSettings) => registriesOf(settings, { environment: { HOME: home }, signal })
    const refused = (message: RegExp) => ({ code: 'registry.credentials', message })
    await assert.rejects(open({ certDir: join(home, 'none') }), refused(/none is not a directory\./))
    await assert.rejects(open({ authFile: join(home, 'none') }), refused(/The login file .*none does not exist\./))
  })
})

test('settings of registries: a pipe in place of registries.conf is refused, not waited for', async () => {
  await inFolder(async (home) => {
    const pipe = join(home, '.config/containers/registries.conf')
    mkdirSync(dirname(pipe), { recursive: true })
    await run('mkfifo', [pipe])
    await assert.rejects(registriesOf({}, { environment: { HOME: home }, signal }), {
      code: 'registry.credentials',
      message: /registries\.conf cannot be read: it is not a regular file\./,
    })
  })
})

test('settings of registries: a broken certificate is reported, and no reason to do without TLS', async () => {
  const { host, asked } = await fakeRegistry()
  await inFolder(async (home) => {
    const folder = join(home, '.config/containers/certs.d', host)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'ca.crt'), 'junk')
    const registries = await registriesOf({}, { environment: { HOME: home }, signal })
    await assert.rejects(registries.tags({ domain: host, path: 'x' }), {
      code: 'registry.credentials',
      message: /ca\.crt cannot be used: /,
    })
    assert.deepEqual(asked, [])
  })
})
