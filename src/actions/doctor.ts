/** `doctor`: checks this machine for everything that builds need, with a remedy for each failure. Changes nothing. */
import { checkString } from '../base/check.ts'
import { messageOf } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import { machineArchitecture } from '../base/machine-architecture.ts'
import { absolutePath } from '../base/real-path.ts'
import { shownUrl } from '../net/redact.ts'
import type { Finding } from '../sandbox/doctor.ts'
import type { Workshop } from '../source/package.ts'
import { layoutOf } from '../store/layout.ts'
import { actionChecks, checkCall, givenOptions, type OptionChecks, optional } from './call.ts'
import { releaseFiles } from './makers.ts'
import { type ActionOptions, inWorkshop, storeRoot } from './workshop.ts'

/** Options of `doctor`. */
export interface DoctorOptions extends Pick<ActionOptions, 'store' | 'signal'> {
  /** Debian suite whose mirrors are checked. Default: those of the lock; without one, "trixie", the stable release. */
  readonly suite?: string
  /** Directory of the project whose lock is read. Default: the working directory. */
  readonly directory?: string
}

const optionChecks: OptionChecks<DoctorOptions> = {
  ...actionChecks,
  suite: optional(checkString),
  directory: optional(checkString),
}

/** Result of `doctor`: one finding for each check, in the order of the checks. */
export type DoctorResult = readonly Finding[]

/**
 * Checks everything that builds need: Node, the store, the lock, the sandboxes of shell commands, the archive's mirrors (by fetching
 * the suite from each), container engines.
 *
 * Changes nothing. A check that fails is a finding, not an error.
 *
 * @example
 * import { doctor } from 'slipway'
 *
 * for (const { about, works, said } of await doctor()) console.log(works ? 'ok' : 'no', about, said)
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorResult> {
  checkCall('doctor', { options }, { options: givenOptions(optionChecks) })
  const { examineSandboxes } = await import('../sandbox/doctor.ts')
  const root = storeRoot(options.store)
  const remedy = 'Choose another place with --store or SLIPWAY_STORE, or make this one writable.'
  const store = await examined(`store ${root}`, remedy, () => inWorkshop(options, async () => 'can be written'))
  const sandboxes = store.works ? await examineSandboxes(layoutOf(root).sandbox) : []
  const rest = store.works ? [await lockFinding(options), ...(await mirrors(options))] : []
  const { enginesOn } = await import('./engines.ts')
  const engines = await enginesOn(watchOf(options).signal)
  return [node(), store, ...sandboxes, ...rest, ...engines]
}

function node(): Finding {
  const said = `${process.version} on ${process.platform} ${machineArchitecture()}`
  return { about: 'Node', works: true, said, remedies: [] }
}

/** Checks the lock of a project by reading it as a build would. */
async function lockFinding(options: DoctorOptions): Promise<Finding> {
  const remedy = 'Repair the lock, take it from version control, or remove it and run `slipway lock FILE`.'
  return examined('lock', remedy, () =>
    inWorkshop(options, async (shop) => {
      const { file, sets } = await lockedSets(options, shop)
      return sets.length === 0 ? `${file} is not there yet: a build writes it` : `${file} holds ${sets.join(', ')}`
    }),
  )
}

/** Keys of the sets in a project's lock. */
async function lockedSets(
  options: DoctorOptions,
  shop: Workshop,
): Promise<{ readonly file: string; readonly sets: readonly string[] }> {
  const { lockFileOf, readLock } = await import('../source/project-lock.ts')
  const file = lockFileOf({ lock: undefined, directory: absolutePath(options.directory ?? '.') }, shop)
  return { file, sets: [...(await readLock(file, shop)).keys()] }
}

/** Suites whose mirrors are checked. A damaged lock is a finding of its own. */
async function suitesFor(options: DoctorOptions, shop: Workshop): Promise<readonly string[]> {
  if (options.suite !== undefined) return [options.suite]
  const { sets } = await lockedSets(options, shop).catch(() => ({ sets: [] }))
  const suites = new Set(sets.flatMap((key) => /^debian (\S+)/.exec(key)?.[1] ?? []))
  return suites.size === 0 ? ['trixie'] : [...suites].sort()
}

const mirrorRemedy =
  'Set SLIPWAY_DEBIAN_MIRROR to the addresses of the archive and of its security part, or give `mirrors`.'

/** Checks each mirror by fetching the suites. */
async function mirrors(options: DoctorOptions): Promise<readonly Finding[]> {
  return inWorkshop(options, async (shop) => {
    const findings = (await suitesFor(options, shop)).map((suite) => mirrorsOf(suite, shop))
    return (await Promise.all(findings)).flat()
  })
}

async function mirrorsOf(suite: string, shop: Workshop): Promise<readonly Finding[]> {
  let files: readonly URL[] = []
  const known = await examined(`mirrors of ${suite}`, mirrorRemedy, async () => {
    files = await releaseFiles(suite, shop.machine)
    return `${files.length}`
  })
  if (!known.works) return [known]
  const asked = (file: URL): Promise<Finding> =>
    examined(`mirror ${shownUrl(file)}`, mirrorRemedy, async () => {
      await shop.get(file, longestRelease)
      return 'answers'
    })
  return Promise.all(files.map(asked))
}

// Bytes; Debian's InRelease has some 150,000.
const longestRelease = 16_000_000

async function examined(about: string, remedy: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { about, works: true, said: await look(), remedies: [] }
  } catch (error) {
    return { about, works: false, said: messageOf(error), remedies: [remedy] }
  }
}
