import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeBase } from '../../test/support/image-view.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { built, inTestWorkshop } from '../../test/support/workshop.ts'
import type { LayeredImageArguments } from '../docker-tools/layered-image.ts'
import { debian } from '../sets/debian.ts'
import { executable, memoryTree, symlink } from '../tree/memory.ts'

const home = temporaryFolder()
const { dockerTools, writeScriptBin, writeScript } = debian({
  suite: 'bookworm',
  directory: home,
  architecture: 'amd64',
})
const server = writeScriptBin('server', '#!/bin/sh\n')

function assembled(given: Omit<LayeredImageArguments, 'name'>): Promise<unknown> {
  return inTestWorkshop((shop) =>
    built(dockerTools.buildLayeredImage({ name: 'image', compressor: 'none', ...given }), shop),
  )
}

test('config.User: names are those of the final account files; numbers need none', async () => {
  const { fakeNss } = dockerTools
  const contents = fakeNss
  for (const User of ['nobody', 'nobody:root', '1234', '1234:nobody', '12:34'])
    await assembled({ contents, config: { User } })
  await assembled({ contents, config: { User: 'app:app' }, fakeRootCommands: (root) => root.user('app') })
  await assembled({ config: { User: 'app' }, extraCommands: (root) => root.user('app') })
})

test('config.User: an unknown user or group is an error with the nearest names', async () => {
  const contents = dockerTools.fakeNss
  await assert.rejects(assembled({ contents, config: { User: 'nobodi' } }), {
    code: 'account.unknown',
    message:
      'config.User: The image\'s /etc/passwd has no user "nobodi". Did you mean "nobody"? Add the account with root.user or root.group, or give numbers, such as "1000:1000".',
  })
  await assert.rejects(assembled({ contents, config: { User: 'nobody:nogroup' } }), {
    code: 'account.unknown',
    message: /^config\.User: The image's \/etc\/group has no group "nogroup"\./,
  })
  await assert.rejects(assembled({ config: { User: 'app' } }), {
    code: 'account.unknown',
    message: /^config\.User: The image has no \/etc\/passwd, so it has no user "app"\./,
  })
})

test('the program: in PATH, by path, relative to the working directory, through links, in the store', async () => {
  const contents = [server, writeScriptBin('other', '#!/bin/sh\n')]
  for (const config of [
    { Cmd: ['server'] },
    { Cmd: ['/bin/server', 'x'] },
    { Cmd: [`${server}/bin/server`] },
    { Cmd: [`${writeScript('run', '#!/bin/sh\n')}`] },
    { Entrypoint: ['server'], Cmd: ['anything'] },
    { Cmd: ['./server'], WorkingDir: '/bin' },
    { Cmd: ['../bin/server'], WorkingDir: '/bin' },
    { Cmd: [] },
    {},
  ])
    await assembled({ contents, config })
  await assembled({ contents, config: { Cmd: ['server'], Env: ['PATH=/nowhere:/bin'] } })
  await assembled({ contents, config: { Cmd: [`${server}/bin/server`] }, includeStorePaths: false })
})

test('the program: a missing one is an error with the nearest names', async () => {
  const contents = server
  await assert.rejects(assembled({ contents, config: { Cmd: ['servr'] } }), {
    code: 'config.command-missing',
    message:
      'config.Cmd[0] is "servr", which is not in the image\'s PATH, /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin. Did you mean "server"? Add its package to the image, or give the path of the program; where a volume provides it, set `allowMissingCommand: true`.',
  })
  for (const config of [
    { Cmd: ['server'], Env: ['PATH=/usr/bin'] },
    { Cmd: ['/usr/bin/server'] },
    { Cmd: ['/bin'] },
    { Cmd: ['./server'] },
    { Cmd: ['server --port 80'] },
    { Entrypoint: ['servr'], Cmd: ['server'] },
    { Cmd: [`${server}/bin/servr`] },
  ])
    await assert.rejects(assembled({ contents, config }), { code: 'config.command-missing' }, JSON.stringify(config))
  await assembled({ contents, config: { Cmd: ['servr'] }, allowMissingCommand: true })
})

test('the program: over a base, its Entrypoint takes Cmd as arguments, and its files and PATH count', async () => {
  const base = join(home, 'base.tar')
  const layers = [memoryTree({ 'opt/bin/tool': executable('x'), 'bin/sh': symlink('/opt/bin/tool') })]
  await writeBase(base, { layers, config: { config: { Env: ['PATH=/opt/bin'] } } })
  await assembled({ fromImage: base, config: { Cmd: ['tool'] } })
  await assembled({ fromImage: base, config: { Cmd: ['/bin/sh'] } })
  await assert.rejects(assembled({ fromImage: base, config: { Cmd: ['sh'] } }), { code: 'config.command-missing' })
  const withEntrypoint = join(home, 'entrypoint.tar')
  await writeBase(withEntrypoint, { layers, config: { config: { Entrypoint: ['/opt/bin/tool'] } } })
  await assembled({ fromImage: withEntrypoint, config: { Cmd: ['anything'] } })
  const removed = (root: { remove(path: string): void }): void => root.remove('/opt/bin/tool')
  await assert.rejects(assembled({ fromImage: base, config: { Cmd: ['tool'] }, extraCommands: removed }), {
    code: 'config.command-missing',
  })
})
