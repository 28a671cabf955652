/** Reports to the user how commands can run on this machine: each method tried, and what would make it work. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Found } from './found.ts'
import { grantedRange, machinePath } from './outer.ts'
import { tryWay, waysHere } from './probe.ts'

/** Result of one check of `doctor`. */
export interface Finding {
  /** Subject of the check, such as "Node". */
  readonly about: string
  /** Whether it works. */
  readonly works: boolean
  /** Details: a version, a count, or the reason why it fails. */
  readonly said: string
  /** Ways to make it work, one sentence each. */
  readonly remedies: readonly string[]
}

/** Tries every method available to this user. @param folder - in the store, for temporary files */
export async function examineSandboxes(folder: string): Promise<readonly Finding[]> {
  if (process.platform !== 'linux')
    return [
      {
        about: 'shell commands',
        works: false,
        said: 'they require Linux',
        remedies: ['Write the commands as functions.'],
      },
    ]
  const findings: Finding[] = []
  for (const way of waysHere()) {
    const reason = await tryWay(folder, way)
    const remedies = reason === undefined ? [] : remediesFor(way)
    findings.push({
      about: `namespaces ${described(way)}`,
      works: reason === undefined,
      said: reason ?? 'work',
      remedies,
    })
  }
  return [...findings, { about: 'fakeroot', works: true, said: 'works, without isolation', remedies: [] }]
}

function described({ ids, space }: Found): string {
  const who = { root: 'as root', ranges: 'with subordinate ids', single: 'with one id and fakeroot', none: '' }[ids]
  return `${who}, changes ${space === 'memory' ? 'in memory (diskSize is exact)' : 'on disk'}`
}

function remediesFor({ ids }: Found): readonly string[] {
  const packages = Object.entries(programs).filter(([program]) => !isInstalled(program))
  const missing = packages.map(([program, name]) => `Install ${program} (Debian package ${name}).`)
  return [...missing, ...(ids === 'ranges' ? rangeRemedies() : []), ...(ids === 'root' ? [] : sysctlRemedies())]
}

const programs: Readonly<Record<string, string>> = {
  bwrap: 'bubblewrap',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  mount: 'mount',
}

function rangeRemedies(): readonly string[] {
  const { username } = userInfo()
  const lines = (['/etc/subuid', '/etc/subgid'] as const)
    .filter((file) => grantedRange(file) === undefined)
    .map((file) => `Add a line "${username}:100000:65536" (a range that no other user has) to ${file}.`)
  return isInstalled('newuidmap') ? lines : ['Install newuidmap (Debian package uidmap).', ...lines]
}

/** Kernel switches that forbid user namespaces: file, the value that allows them, and its name for sysctl(8). */
const switches = [
  ['/proc/sys/kernel/unprivileged_userns_clone', '1', 'kernel.unprivileged_userns_clone'],
  ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '0', 'kernel.apparmor_restrict_unprivileged_userns'],
] as const

function sysctlRemedies(): readonly string[] {
  const found = switches
    .filter(([file, allows]) => existsSync(file) && readFileSync(file, 'utf8').trim() !== allows)
    .map(
      ([, allows, name]) =>
        `Set ${name}=${allows} (sysctl), or give bwrap and unshare an AppArmor profile that allows user namespaces.`,
    )
  const most = '/proc/sys/user/max_user_namespaces'
  const none = existsSync(most) && readFileSync(most, 'utf8').trim() === '0'
  return none ? [...found, 'Set user.max_user_namespaces to more than 0 (sysctl).'] : found
}

function isInstalled(program: string): boolean {
  return machinePath.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
