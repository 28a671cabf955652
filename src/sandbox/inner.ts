/**
 * What runs inside: bubblewrap's arguments, and the bash that runs scripts one after another.
 *
 * Whatever the root is, the tools are below /dev/slipway, in a file system of their own, so nothing of them can stay in the root. A
 * script that sees the tools' root is put there by chroot, with the image's root at /build.
 */
import { toolsPath, type Job, type Script } from './sandbox.ts'
import { lentShell } from './canon.ts'
import { quote } from './outer.ts'

/** Where scripts that see the tools' root find the image's. */
export const buildPath = '/build'

const toolsRoot = `${toolsPath}/root`
/** Where the job's own files are for the duration. */
export const jobPath = `${toolsPath}/job`

/** The fixed part of the environment; 315532800 is 1980-01-01, the earliest date that zip archives know. */
const environment = { HOME: '/homeless-shelter', LC_ALL: 'C', TZ: 'UTC0', SOURCE_DATE_EPOCH: '315532800', TERM: 'dumb' } as const

const imagePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What scripts may do as root: all that concerns files and users, nothing that concerns the machine. */
const capabilities = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID', 'SETFCAP', 'MKNOD', 'SYS_CHROOT', 'KILL', 'SETPCAP'],
]

/** Where the parts of a sandbox are on this machine. */
export interface Parts {
  readonly tools: string
  /** The mounted root. */
  readonly root: string
  readonly job: string
  /** The directory of changes, where the scripts' own session reads it. */
  readonly upper?: string
}

const isolated = [
  ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--hostname', 'build'],
  ...['--die-with-parent', '--new-session', '--clearenv'],
]

/** The words for bubblewrap that runs a job's scripts. */
export function scriptWords({ tools, root, job, upper }: Parts, { objects }: Job): readonly string[] {
  return [
    ...['--bind', root, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--ro-bind', `${tools}/lent`, toolsPath, '--ro-bind', `${tools}/root`, toolsRoot, '--ro-bind', job, jobPath],
    ...(upper === undefined ? [] : ['--ro-bind', upper, `${toolsPath}/upper`]),
    ...['--ro-bind', job, `${toolsRoot}/job`, '--bind', root, toolsRoot + buildPath, '--proc', `${toolsRoot}/proc`, '--dev', `${toolsRoot}/dev`],
    ...['--tmpfs', `${toolsRoot}/tmp`, '--tmpfs', `${toolsRoot}/nix/store`],
    ...['/', `${toolsRoot}/`].flatMap((top) =>
      objects.flatMap(({ path, physical }) => ['--ro-bind', physical, `${top}nix/store/${path}`]),
    ),
    ...isolated,
    ...['--chdir', '/', '--cap-drop', 'ALL', ...capabilities.flatMap((name) => ['--cap-add', `CAP_${name}`])],
    ...['--', `${toolsPath}/bin/bash`, `${jobPath}/run`],
  ]
}

/** The words for bubblewrap that runs one of the tools, with a folder of the machine at /build. */
export function toolWords(tools: string, folder: string, words: readonly string[]): readonly string[] {
  return [
    ...['--ro-bind', `${tools}/root`, '/', '--proc', '/proc', '--dev', '/dev', '--bind', folder, buildPath],
    ...isolated,
    ...['--setenv', 'LC_ALL', 'C', '--setenv', 'PATH', '/usr/bin', '--chdir', '/', '--', ...words],
  ]
}

/** The words of tar that unpacks standard input at `folder`, and of one that writes what is there to standard output. */
export const unpackWords = (folder: string): readonly string[] => [
  ...['/usr/bin/tar', '--extract', '--preserve-permissions', '--same-owner', '--numeric-owner', '--xattrs', '--xattrs-include=*'],
  ...['--delay-directory-restore', '--warning=no-unknown-keyword', '--warning=no-timestamp', '--directory', folder, '--file', '-'],
]
export const packWords = (folder: string): readonly string[] => [
  ...['/usr/bin/tar', '--create', '--format=pax', '--numeric-owner', '--sort=name', '--xattrs', '--xattrs-include=*'],
  ...['--warning=no-file-ignored', '--directory', folder, '--file', '-', '.'],
]

/** The bash script that runs a job's scripts. Its exit status is the failing script's. */
export function runText(scripts: readonly Script[]): string {
  return [
    'umask 022',
    'set -e',
    `PATH=${toolsPath}/bin`,
    'chmod 1777 /dev/shm',
    `[ -e /bin/sh ] || [ -L /bin/sh ] || { mkdir -p /bin; ln -s ${lentShell} /bin/sh; }`,
    '[ -e /tmp ] || [ -L /tmp ] || mkdir -m 1777 /tmp',
    ...scripts.map((script, index) => callOf(script, index)),
    '',
  ].join('\n')
}

function callOf({ within }: Script, index: number): string {
  const isImage = within === 'image'
  const variables = {
    ...environment,
    PATH: isImage ? `${toolsPath}/bin:${imagePath}` : '/usr/sbin:/usr/bin',
    TMPDIR: isImage ? '/dev/shm' : '/tmp',
    out: isImage ? '/' : buildPath,
  }
  const assignments = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`))
  const shell = isImage ? [`${toolsPath}/bin/bash`] : ['chroot', toolsRoot, '/usr/bin/bash']
  const words = [...shell, '--norc', '--noprofile', '-c', quote(startText(isImage, index)), 'bash']
  return `printf 'script ${index}\\0' >&3; env -i ${assignments.join(' ')} ${words.join(' ')} </dev/null`
}

/** Says on descriptor 3 which line failed. */
function startText(isImage: boolean, index: number): string {
  const file = isImage ? `${jobPath}/script-${index}` : `/job/script-${index}`
  return [
    `cd ${isImage ? '/' : buildPath}`,
    'set -eE',
    `trap 'printf "failed %s %s %s\\0" "$?" "$LINENO" "$BASH_COMMAND" >&3' ERR`,
    `trap 'printf "ended %s %s\\0" "$?" "$BASH_COMMAND" >&3' EXIT`,
    `. ${file}`,
  ].join('\n')
}
