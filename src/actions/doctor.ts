/** `doctor`: checks what works on this machine, and names what would make the rest work. Changes nothing. */
import { messageOf } from '../base/error.ts'
import { watchOf } from '../base/event.ts'
import { machineArchitecture } from '../base/machine-architecture.ts'
import type { Finding } from '../sandbox/doctor.ts'
import { layoutOf } from '../store/layout.ts'
import { mirrorsOf } from './makers.ts'
import { type ActionOptions, inWorkshop, storeRoot } from './workshop.ts'

/** Options of `doctor`. */
export interface DoctorOptions extends Pick<ActionOptions, 'store' | 'signal'> {
  /** Debian suite whose mirrors are looked for. Default: "bookworm". */
  readonly suite?: string
}

/** Result of `doctor`: one finding for each check, in the order of the checks. */
export type DoctorResult = readonly Finding[]

/**
 * Checks everything that builds need: Node, the store, the sandboxes of shell commands, the archive's mirrors, container engines.
 *
 * Changes nothing. A check that fails is a finding, not an error.
 *
 * @example
 * import { doctor } from 'slipway'
 *
 * for (const { about, works, said } of await doctor()) console.log(works ? 'ok' : 'no', about, said)
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorResult> {
  const { examineSandboxes } = await import('../sandbox/doctor.ts')
  const root = storeRoot(options.store)
  const remedy = 'Choose another place with --store or SLIPWAY_STORE, or make this one writable.'
  const store = await examined(`store ${root}`, remedy, () => inWorkshop(options, async () => 'can be written'))
  const sandboxes = store.works ? await examineSandboxes(layoutOf(root).sandbox) : []
  const { enginesOn } = await import('./engines.ts')
  const engines = await enginesOn(watchOf(options).signal)
  return [node(), store, ...sandboxes, await mirrors(options.suite ?? 'bookworm', options), ...engines]
}

function node(): Finding {
  const said = `${process.version} on ${process.platform} ${machineArchitecture()}`
  return { about: 'Node', works: true, said, remedies: [] }
}

async function mirrors(suite: string, options: DoctorOptions): Promise<Finding> {
  const remedy =
    'Set SLIPWAY_DEBIAN_MIRROR to the addresses of the archive and of its security part, or give `mirrors`.'
  return examined(`mirrors of ${suite}`, remedy, () =>
    inWorkshop(options, async (shop) => {
      const { archive, security } = await mirrorsOf(suite, shop.machine)
      return `${archive.length} for the archive, ${security.length} for security`
    }),
  )
}

async function examined(about: string, remedy: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { about, works: true, said: await look(), remedies: [] }
  } catch (error) {
    return { about, works: false, said: messageOf(error), remedies: [remedy] }
  }
}
