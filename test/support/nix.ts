/** The real Nix, on the test's own stores: without network, without a daemon, with its own home. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { removeTree } from '../../src/store/remove.ts'
import { run } from './command.ts'

/** Nix's commands with their output. */
export interface Nix {
  /** `nix-store --store ROOT …`, lines of its output. */
  store(root: string, ...args: readonly string[]): Promise<readonly string[]>
  /** Any other Nix command, without the last newline. */
  run(command: string, ...args: readonly string[]): Promise<string>
}

/** Nix with settings that let it run anywhere; its home is removed after the tests. */
export function testNix(): Nix {
  const home = mkdtempSync(join(tmpdir(), 'slipway-nix-'))
  after(() => removeTree(home))
  const env = {
    HOME: home,
    NIX_CONFIG: 'experimental-features = nix-command\nbuild-users-group =\nsubstituters =',
    NIX_REMOTE: '',
  }
  const command = async (name: string, ...args: readonly string[]): Promise<string> =>
    (await run(name, args, { env })).trimEnd()
  return {
    run: command,
    store: async (root, ...args) => (await command('nix-store', '--store', root, ...args)).split('\n'),
  }
}
