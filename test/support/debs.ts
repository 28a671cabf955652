/** Real packages of the machine's archive: fetched by apt into a folder, unpacked by slipway. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { limit } from '../../src/base/limit.ts'
import { parseParagraph } from '../../src/format/control.ts'
import { controlText, type RootPackage } from '../../src/source/debian/root/input.ts'
import { openUnpacked, unpackDeb } from '../../src/store/unpacked.ts'
import { aptSkip } from './apt.ts'
import { missing, run } from './command.ts'

/** Why a test with real packages is skipped; false when it runs. */
export const noDebs: string | false = missing('apt-get', 'dpkg-deb') || aptSkip()

/** Fetches packages, `name` or `name=version`, and gives their files. */
export async function downloadDebs(folder: string, packages: readonly string[]): Promise<readonly string[]> {
  const place = join(folder, 'debs')
  mkdirSync(place, { recursive: true })
  // The user that apt fetches as by default cannot write into folders of tests.
  await run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: place })
  return readdirSync(place)
    .filter((name) => name.endsWith('.deb'))
    .sort()
    .map((name) => join(place, name))
}

/** Unpacks packages and reads what they say of themselves. */
export async function readPackages(folder: string, debs: readonly string[]): Promise<readonly RootPackage[]> {
  return limit(
    debs,
    async (deb, index): Promise<RootPackage> => {
      const target = join(folder, `unpacked-${index}`)
      await unpackDeb(deb, target, folder)
      const unpacked = openUnpacked(target)
      if (unpacked === undefined) throw new Error(`unreachable: ${deb} was unpacked`)
      const control = unpacked.control()
      const fields = parseParagraph(controlText({ control }, 'control'))
      const field = (name: string): string => fields.get(name) ?? ''
      const [name, version, architecture] = [field('package'), field('version'), field('architecture')]
      return { name, version, architecture, control, tree: unpacked.tree }
    },
    { concurrency: 2 },
  )
}
