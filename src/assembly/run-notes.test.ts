import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeBase } from '../../test/support/image-view.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { built, inTestWorkshop } from '../../test/support/workshop.ts'
import type { LayeredImageArguments } from '../docker-tools/layered-image.ts'
import { debian } from '../sets/debian.ts'
import type { Root } from '../tree/edit.ts'
import { executable, file, memoryTree, symlink } from '../tree/memory.ts'
import { interpreterOf } from './interpreter.ts'
import { readConf } from './read-conf.ts'

const home = temporaryFolder()
const { dockerTools, writeScriptBin, writeTextDir, copy } = debian({
  suite: 'bookworm',
  directory: home,
  architecture: 'amd64',
})

function notesOf(given: Omit<LayeredImageArguments, 'name'>): Promise<readonly string[]> {
  const image = dockerTools.buildLayeredImage({ name: 'image', compressor: 'none', ...given })
  return inTestWorkshop(async (shop) => {
    const { path } = await built(image.stream.conf, shop)
    return readConf(shop.store, path).notes
  })
}

test('notes: a script in PATH whose interpreter is missing, once for each interpreter', async () => {
  const contents = [
    writeScriptBin('a', '#!/bin/sh\n'),
    writeScriptBin('b', '#!/bin/sh\n'),
    writeScriptBin('c', '#!/usr/bin/env -S node --flag\n'),
    writeScriptBin('d', '\x7fELF'),
  ]
  assert.deepEqual(await notesOf({ contents }), [
    '/bin/a and 1 more start with "#!/bin/sh", but the image has no /bin/sh: add the package that has it',
    '/bin/c starts with "#!/usr/bin/env -S node --flag", but the image has no /usr/bin/env: add the package that has it',
  ])
  const env = writeScriptBin('env', '\x7fELF')
  const linked = (root: Root): void => {
    root.mkdir('/usr/bin')
    root.symlink('/bin/env', '/usr/bin/env')
  }
  const config = { Env: ['PATH=/usr/bin:/bin'] }
  const c = contents.slice(2)
  assert.deepEqual(await notesOf({ contents: [...c, env], config, extraCommands: linked }), [
    '/bin/c starts with "#!/usr/bin/env -S node --flag", but the image has no node in its PATH: add the package that has it',
  ])
  const node = writeScriptBin('node', '\x7fELF')
  assert.deepEqual(await notesOf({ contents: [...c, env, node], config, extraCommands: linked }), [])
  assert.deepEqual(await notesOf({ contents, config: { Env: ['PATH=/usr/bin'] } }), [])
})

test('notes: the program that a container starts counts wherever it is', async () => {
  const base = join(home, 'started.tar')
  await writeBase(base, { layers: [memoryTree({ 'app/start': executable('#!/bin/sh\n') })] })
  const note = ['/app/start starts with "#!/bin/sh", but the image has no /bin/sh: add the package that has it']
  assert.deepEqual(await notesOf({ fromImage: base, config: { Cmd: ['/app/start'] } }), note)
  assert.deepEqual(
    await notesOf({ fromImage: base, config: { Entrypoint: ['../app/start'], WorkingDir: '/app' } }),
    note,
  )
  assert.deepEqual(await notesOf({ fromImage: base, config: { Cmd: ['/app/start'], Env: ['PATH=/app'] } }), note)
  assert.deepEqual(await notesOf({ fromImage: base, config: { Env: ['PATH=/app'] } }), [])
})

test('notes: copied files and those that commands write count, and those that commands removed do not', async () => {
  writeFileSync(join(home, 'tool'), '#!/usr/bin/perl\n')
  chmodSync(join(home, 'tool'), 0o755)
  writeFileSync(join(home, 'text'), '#!/usr/bin/perl\n')
  const contents = [copy('./tool', { to: '/usr/local/bin/' }), copy('./text', { to: '/usr/local/bin/' })]
  const note = /^\/usr\/local\/bin\/tool starts with "#!\/usr\/bin\/perl", but the image has no \/usr\/bin\/perl/
  const [found = '', ...others] = await notesOf({ contents })
  assert.match(found, note)
  assert.deepEqual(others, [])
  assert.deepEqual(await notesOf({ contents, extraCommands: (root) => root.remove('/usr/local/bin/tool') }), [])
  const written = await notesOf({
    extraCommands: (root) => {
      root.mkdir('/usr/bin')
      root.write('/usr/bin/w', '#!/bin/bash\r\n', { mode: 0o755 })
    },
  })
  assert.deepEqual(written, [
    String.raw`/usr/bin/w starts with "#!/bin/bash\r", so Linux searches for a program whose name ends in a carriage return: save it with Unix line ends`,
  ])
})

test('notes: the interpreter may be in a base, whose own scripts are not looked at', async () => {
  const base = join(home, 'base.tar')
  await writeBase(base, {
    layers: [
      memoryTree({
        'usr/bin/dash': executable('\x7fELF'),
        bin: symlink('usr/bin'),
        'usr/bin/sh': symlink('dash'),
        'usr/bin/old': executable('#!/usr/bin/perl\n'),
      }),
    ],
  })
  const contents = [writeScriptBin('a', '#!/bin/sh\n')]
  assert.deepEqual(await notesOf({ fromImage: base, contents }), [])
})

test('notes: TZ needs its file, unless it is UTC or a rule', async () => {
  for (const zone of ['UTC', ':UTC', 'Etc/UTC', 'GMT', '', 'CET-1CEST,M3.5.0,M10.5.0/3', '<+03>-3', 'EST5EDT', 'UTC0'])
    assert.deepEqual(await notesOf({ config: { Env: [`TZ=${zone}`] } }), [], zone)
  const missing = await notesOf({ config: { Env: ['TZ=Europe/Berlin'] } })
  assert.deepEqual(missing, [
    'TZ is "Europe/Berlin", but the image has no /usr/share/zoneinfo/Europe/Berlin, so programs of the C library use UTC: add the time zones, /usr/share/zoneinfo',
  ])
  assert.equal((await notesOf({ config: { Env: ['TZ=Etc/GMT+5'] } })).length, 1)
  const zones = ['Etc/UTC', 'Europe/Berlin'].map((zone) => writeTextDir(`usr/share/zoneinfo/${zone}`, 'TZif'))
  assert.deepEqual(await notesOf({ contents: zones, config: { Env: ['TZ=Europe/Berlin'] } }), [])
  const [misspelt = ''] = await notesOf({ contents: zones, config: { Env: ['TZ=Europe/Berln'] } })
  assert.match(misspelt, /use UTC: correct the name\. Did you mean "Europe\/Berlin"\?$/)
  assert.match(
    (await notesOf({ config: { Env: ['TZ=/etc/zone'] } }))[0] ?? '',
    /no \/etc\/zone, .*: correct the path, or/,
  )
})

test('notes: a base’s TZ is the base’s own', async () => {
  const base = join(home, 'zone.tar')
  const layers = [memoryTree({ 'etc/x': file('x') })]
  await writeBase(base, { layers, config: { config: { Env: ['TZ=Europe/Berlin'] } } })
  assert.deepEqual(await notesOf({ fromImage: base }), [])
})

test('interpreterOf: what execve and env make of a first line', () => {
  const needs: Readonly<Record<string, readonly string[]>> = {
    '#!/bin/sh': ['/bin/sh'],
    '#! /bin/sh -e': ['/bin/sh'],
    '#!python3': [],
    '#!': [],
    '#!/usr/bin/env python3': ['/usr/bin/env', 'python3'],
    '#!/usr/bin/env -S A=1 node --flag': ['/usr/bin/env', 'node'],
    '#!/usr/bin/env -Snode': ['/usr/bin/env', 'node'],
    '#!/usr/bin/env': ['/usr/bin/env'],
    '#!/bin/sh\r': ['/bin/sh\r'],
  }
  for (const [line, programs] of Object.entries(needs)) assert.deepEqual(interpreterOf(line), programs, line)
})
