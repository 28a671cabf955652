/**
 * The numbered checklist of nixpkgs' tests of dockerTools: queries to Nix inside a container. Debian's own nix-bin replaces nixpkgs' Nix;
 * store objects are texts and scripts.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { debian, type Package } from '../../src/index.ts'
import { containersOf } from '../support/containers.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const containers = containersOf(sharedDocker(), store)
const { pkgs, dockerTools, writeText, writeScriptBin } = debian({ suite: 'bookworm', directory: folder })

const data = writeText('data', 'some data\n')
const show = writeScriptBin('show', `#!/bin/sh\ncat ${data}\n`)
const tools = [pkgs('nix-bin'), pkgs.coreutils]
const own = {
  tag: '1',
  includeNixDB: true,
  config: { Cmd: ['show'], Env: ['NIX_REMOTE=local', 'NIX_CONFIG=build-users-group ='] },
  compressor: 'none',
} as const
const images: readonly (readonly [string, Package])[] = [
  ['plain', dockerTools.buildImage({ name: 'nix-plain', copyToRoot: [...tools, show], ...own })],
  ['layered', dockerTools.buildLayeredImage({ name: 'nix-layered', contents: [...tools, show], ...own })],
]

for (const [name, image] of images) {
  test(`checklist 14, 19, 21, 22, 43, 64, 74: Nix knows the contents of the ${name} image`, {
    skip: noDocker,
  }, async (t) => {
    const { imageName } = await containers.load(image)
    const inContainer = (...command: readonly string[]): Promise<string> => containers.run(`${imageName}:1`, command)
    await t.test('21, 22: nix-daemon is a link to nix', async () => {
      assert.equal(await inContainer('readlink', '/usr/bin/nix-daemon'), 'nix\n')
    })
    await t.test('43: the default command prints the text, and the store is sound', async () => {
      assert.equal(await inContainer(), 'some data\n')
      await inContainer('nix-store', '--verify', '--check-contents')
    })
    await t.test('19, 64, 74: closures and references are answered', async () => {
      const [text = ''] = (await inContainer('sh', '-c', 'ls -d /nix/store/*-data')).split('\n')
      assert.equal(await inContainer('nix-store', '-qR', text), `${text}\n`)
      const referrers = await inContainer('nix-store', '-q', '--referrers-closure', text)
      if (name === 'layered') assert.match(referrers, /-show\n/)
      else assert.ok(referrers.includes(text))
    })
  })
}
