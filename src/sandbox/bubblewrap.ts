/**
 * Calls of bubblewrap(1).
 *
 * The tools are always below /dev/slipway, in their own file system, so no trace of them can remain in the root. A script that sees the
 * tools' root is put there by chroot, with the image's root at /build.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from './outer.ts'
import { buildPath, jobPath, toolsRoot, upperPath } from './places.ts'
import { type Job, toolsPath } from './sandbox.ts'

/** A call: its options are read from a descriptor, so that no process inside sees what they reveal about this machine. */
export interface Call {
  readonly options: readonly string[]
  readonly command: readonly string[]
}

/** Shell command for a call whose options are in a file of this name. */
export function wordsOf({ options, command }: Call, file: string): string {
  writeFileSync(file, options.map((word) => `${word}\0`).join(''))
  return `bwrap --args 9 9<${quote(file)} -- ${command.map(quote).join(' ')}`
}

/** Capabilities of scripts: everything that concerns files and users, nothing that concerns the machine. */
const capabilities = [
  ...[
    'CHOWN',
    'DAC_OVERRIDE',
    'FOWNER',
    'FSETID',
    'SETGID',
    'SETUID',
    'SETFCAP',
    'MKNOD',
    'SYS_CHROOT',
    'KILL',
    'SETPCAP',
  ],
] as const

const isolated = [
  ...[
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--hostname',
    'build',
  ],
  ...['--die-with-parent', '--new-session', '--clearenv'],
] as const

/** Locations of the parts of a session on this machine. */
export interface Parts {
  readonly tools: string
  /** The mounted root. */
  readonly root: string
  /** Directory of the scripts. */
  readonly job: string
  /** Directory of changes, if the session reads it itself. */
  readonly upper?: string
  /** Whether descriptor 8 has a filter of system calls. */
  readonly filtered: boolean
}

/** Call that runs a job's session. */
export function sessionCall({ tools, root, job, upper, filtered }: Parts, { objects, limits }: Job): Call {
  const limited = (place: string): readonly string[] => [
    '--perms',
    '1777',
    '--size',
    String(limits.disk),
    '--tmpfs',
    place,
  ]
  const options = [
    ...['--bind', root, '/', '--proc', '/proc', '--dev', '/dev', ...limited('/dev/shm')],
    ...['--ro-bind', join(tools, 'lent'), toolsPath, '--ro-bind', join(tools, 'root'), toolsRoot],
    ...['--ro-bind', job, jobPath, '--ro-bind', job, `${toolsRoot}/job`],
    ...(upper === undefined ? [] : ['--ro-bind', upper, upperPath]),
    ...['--bind', root, toolsRoot + buildPath, '--proc', `${toolsRoot}/proc`, '--dev', `${toolsRoot}/dev`],
    ...[...limited(`${toolsRoot}/dev/shm`), ...limited(`${toolsRoot}/tmp`), '--tmpfs', `${toolsRoot}/nix/store`],
    ...objects.flatMap(objectOptions),
    ...['--remount-ro', '/dev', '--remount-ro', `${toolsRoot}/dev`],
    ...isolated,
    ...(filtered ? ['--seccomp', '8'] : []),
    ...['--chdir', '/', '--cap-drop', 'ALL', ...capabilities.flatMap((name) => ['--cap-add', `CAP_${name}`])],
  ]
  return { options, command: [`${toolsPath}/bin/bash`, `${jobPath}/session`] }
}

function objectOptions(object: Job['objects'][number]): readonly string[] {
  const place = `nix/store/${object.path}`
  if ('physical' in object)
    return ['/', `${toolsRoot}/`].flatMap((top) => ['--ro-bind', object.physical, `${top}${place}`])
  const links = (top: string, each: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(each).flatMap(([name, target]) => ['--symlink', target, `${top}${place}/${name}`])
  return [...links('/', object.image), ...links(`${toolsRoot}/`, object.tools)]
}

/** Call that runs one of the tools, with a directory of the machine at /build. */
export function toolCall(tools: string, folder: string, command: readonly string[]): Call {
  const options = [
    ...['--ro-bind', join(tools, 'root'), '/', '--proc', '/proc', '--dev', '/dev', '--bind', folder, buildPath],
    ...isolated,
    ...['--setenv', 'LC_ALL', 'C', '--setenv', 'PATH', '/usr/bin', '--chdir', '/'],
  ]
  return { options, command }
}
