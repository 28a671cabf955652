/**
 * The shell script that runs in namespaces and prepares the root: mounts it, runs the session in it with bubblewrap, and records the
 * changes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sessionCall, toolCall, wordsOf } from './bubblewrap.ts'
import { makeControlGroups, mostProcesses } from './control-group.ts'
import type { Found } from './found.ts'
import { quote } from './outer.ts'
import { buildPath } from './places.ts'
import type { Job } from './sandbox.ts'
import { seccompFilter } from './seccomp.ts'
import { packWords, unpackWords, withOutput } from './session.ts'

/** Input of the driver. */
export interface Stage {
  /** Scratch directory, where the driver runs. Scripts are in `job`. */
  readonly folder: string
  /** The tree below, unpacked: one or two directories, bottom first. */
  readonly bases: readonly string[]
  readonly tools: string
  readonly job: Job
  readonly way: Found
  /** Size of the layer so far, in bytes. */
  readonly size: number
  /** Whether it is no more than a usual root directory. */
  readonly isBare: boolean
}

/** Where the driver writes the changes: a tar archive of the directory of changes; with one id, also of its removals and hard links. */
export const changesFile = 'changes.tar'
export const removalsFile = 'removals.tar'

/** The script for `sh -e`. */
export function driverText(stage: Stage): string {
  return (stage.way.ids === 'single' ? fakedDriver(stage) : plainDriver(stage)).join('\n')
}

function plainDriver(stage: Stage): readonly string[] {
  const { folder, tools, way } = stage
  const upper = join(folder, 'space/up')
  const call = (name: string, words: readonly string[]): string =>
    wordsOf(toolCall(tools, upper, words), join(folder, name))
  return [
    ...opening(stage),
    // A layer that is only a root directory is there already.
    ...(stage.isBare ? [] : [call('fill', unpackWords(buildPath, true))]),
    mount(way, stage.bases.length),
    ...withOutput(`${limited(way)}${session(stage)} 3>&3 </dev/null`),
    'umount root',
    `printf 'done\\0' >&3`,
    `${call('pack', packWords(buildPath))} >${changesFile}`,
  ]
}

/** With one id, fakeroot remembers the owners, and only for the length of the session: so the session unpacks and packs itself. */
function fakedDriver(stage: Stage): readonly string[] {
  return [
    ...opening(stage),
    mount(stage.way, stage.bases.length),
    ...withOutput(`${limited(stage.way)}${session(stage)} 3>&3 5>${changesFile} 6>${removalsFile}`),
  ]
}

function opening({ folder, bases, way, size, job }: Stage): readonly string[] {
  const bytes = Math.ceil((size + job.limits.disk) / 4096) * 4096
  return [
    'umask 022',
    ...makeControlGroups(folder, job.limits).map((group) => `echo $$ >${quote(group)}/cgroup.procs`),
    'mkdir space root',
    ...bases.map((base, index) => `ln -s ${quote(base)} ${lowerName(index)}`),
    ...(way.space === 'memory' ? [`mount -t tmpfs -o mode=755,nodev,size=${bytes} tmpfs space`] : []),
    'mkdir space/up space/work',
  ]
}

/** Name of a lower directory, counted from the bottom. */
function lowerName(index: number): string {
  return index === 0 ? 'low' : `low${index}`
}

/** Mount options without which the kernel later loses files; names are short, since their total length is limited. */
export function mount({ ids }: Pick<Found, 'ids'>, count: number = 1): string {
  const lower = Array.from({ length: count }, (_, index) => lowerName(index)).reverse()
  const options = ids === 'root' ? 'redirect_dir=off,metacopy=off,index=off' : 'userxattr'
  return `mount -t overlay -o nodev,lowerdir=${lower.join(':')},upperdir=space/up,workdir=space/work,${options} overlay root`
}

function limited({ ids }: Found): string {
  return ids === 'root' ? '' : `prlimit --nproc=${mostProcesses} `
}

function session({ folder, tools, job, way }: Stage): string {
  const filter = seccompFilter(process.arch)
  if (filter !== undefined) writeFileSync(join(folder, 'filter'), filter)
  const parts = {
    ...{ tools, root: join(folder, 'root'), job: join(folder, 'job'), filtered: filter !== undefined },
    ...(way.ids === 'single' ? { upper: join(folder, 'space/up') } : {}),
  }
  const words = wordsOf(sessionCall(parts, job), join(folder, 'session'))
  return filter === undefined ? words : `${words} 8<filter`
}
