/** Whether the machine's mirror has Debian 13, which examples and documents are written for; a mirror may have only one release. */
import { run } from './command.ts'
import { noDebs } from './debs.ts'

/** Why tests with packages of trixie are skipped, or false. */
export const noTrixie: string | false = noDebs || (await lacksTrixie())

async function lacksTrixie(): Promise<string | false> {
  const named = (process.env.SLIPWAY_DEBIAN_MIRROR ?? '').split(/\s+/).filter((each) => /^https?:/.test(each))
  const listed = await run('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages', 'Origin: Debian'])
  const sites = new Set(named.length > 0 ? named : listed.split('\n').filter((each) => /^https?:/.test(each)))
  for (const site of sites) {
    const { status } = await fetch(`${site.replace(/\/$/, '')}/dists/trixie/InRelease`, { method: 'HEAD' })
    if (status !== 404) return false
  }
  return "this machine's mirror has no trixie"
}
