/**
 * The bash that runs inside: executes a job's scripts one after another, each in a shell of its own that reports on descriptor 3 which line
 * failed.
 *
 * With one id only, everything runs under fakeroot(1), which remembers owners and devices; it gets the existing owners first, and changes
 * are recorded before it ends, since it forgets them then.
 */
import { lentShell } from './canon.ts'
import { quote } from './outer.ts'
import { buildPath, jobPath, toolsRoot, upperPath } from './places.ts'
import { type Script, toolsPath } from './sandbox.ts'

/** Fixed part of the environment; 315532800 is 1980-01-01, the earliest date that zip archives support. */
const environment = {
  HOME: '/homeless-shelter',
  LC_ALL: 'C',
  SOURCE_DATE_EPOCH: '315532800',
  TERM: 'dumb',
  TZ: 'UTC0',
} as const

const imagePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Variables that fakeroot passes from program to program. */
const faked = ['FAKEROOTKEY', 'FAKEROOTDONTTRYCHOWN', 'LD_LIBRARY_PATH', 'LD_PRELOAD'] as const

/** Options of GNU tar that preserve everything a layer can contain. */
const exactly = ['--numeric-owner', '--xattrs', '--xattrs-include=*'] as const
const unpacking = [
  ...['--extract', '--preserve-permissions', '--delay-directory-restore', '--blocking-factor=128'],
  ...['--warning=no-unknown-keyword', '--warning=no-timestamp', ...exactly],
] as const
const packing = ['--create', '--format=pax', '--sort=name', '--warning=no-file-ignored', ...exactly] as const

/** Unpacks standard input at `folder`. @param owners - whether files get their owners */
export const unpackWords = (folder: string, owners: boolean): readonly string[] => [
  ...['tar', ...unpacking, owners ? '--same-owner' : '--no-same-owner', '--directory', folder, '--file', '-'],
]

/** Writes everything at `folder` to standard output. */
export const packWords = (folder: string): readonly string[] => [
  ...['tar', ...packing, '--directory', folder, '--file', '-', '.'],
]

/** The shell's path, if the session's own root is the image's, and if it is the tools'. */
const inNamespace = {
  image: [`${toolsPath}/bin/bash`],
  tools: [`${toolsPath}/bin/chroot`, toolsRoot, '/usr/bin/bash'],
} as const
const inTools = {
  image: ['/usr/sbin/chroot', buildPath, `${toolsPath}/bin/bash`],
  tools: ['/usr/bin/bash'],
} as const

/**
 * Closes descriptors that slipway's own parent left open, unlike those that bash opened (O_CLOEXEC, fcntl(2)); then defines `alone`, which runs
 * a script's shell without the session's descriptors, and says nothing of the signal that ends it.
 */
const alone = [
  'for each in /proc/$$/fd/??*; do',
  '  each=${each##*/}',
  '  [[ $(</proc/$$/fdinfo/$each) =~ flags:.[0-7]*[2367][0-7]{6}[[:space:]] ]] || eval "exec $each>&-"',
  'done',
  'alone() { { "$@" </dev/null 2>&4 4>&- 5>&- 6>&-; } 4>&2 2>/dev/null; }',
].join('\n')

/** The session. Its exit status is that of the failing script. */
export function sessionText(scripts: readonly Script[]): string {
  return [
    ...beginning,
    ...lending,
    ...scripts.map((script, index) => callOf(script, index, { kept: [], enter: inNamespace })),
    '',
  ].join('\n')
}

const beginning = ['umask 022', 'set -e', `export LC_ALL=C PATH=${toolsPath}/bin`, alone] as const

const lending = [
  // /bin may be a link to a missing directory.
  `[ -e /bin/sh ] || [ -L /bin/sh ] || { mkdir -p "$(readlink -m /bin)"; ln -s ${lentShell} /bin/sh; }`,
  '[ -e /tmp ] || [ -L /tmp ] || mkdir -m 1777 /tmp',
] as const

/** Entries of the tree below that do not belong to root, by owner: `uid:gid` → path of the list of their names. */
export type OwnerLists = ReadonlyMap<string, string>

/** Where faked(1) saves what it remembers of files, one line for each: `dev=<hexadecimal>,ino=<decimal>,…`. */
const fakedFile = '/dev/shm/faked'

/**
 * A program for gawk: of names with their device and inode, those that fakeroot remembers something of. A file that got only another owner or
 * attribute is not among the changes, since nothing happened to it.
 */
const believedNames = [
  'BEGIN { while ((getline line < saved) > 0) if (match(line, /^dev=([0-9a-f]+),ino=([0-9]+),/, part)) known[strtonum("0x" part[1]) " " part[2]] = 1',
  '  RS = ORS = "\\0" }',
  '($1 " " $2) in known { print substr($0, length($1 " " $2) + 2) }',
].join('\n')

/** The same under fakeroot: reads the layer so far from standard input, writes changes to descriptor 5, removals and hard links to descriptor 6. */
export function fakedSessionText(scripts: readonly Script[], owners: OwnerLists): string {
  return [
    ...beginning,
    `key=$(faked-sysv --save-file ${fakedFile})`,
    `export FAKEROOTKEY=\${key%%:*} FAKEROOTDONTTRYCHOWN=1`,
    `library=$(echo ${toolsRoot}/usr/lib/*/libfakeroot)`,
    `export LD_LIBRARY_PATH=$library:\${library#${toolsRoot}} LD_PRELOAD=libfakeroot-sysv.so`,
    ...[...owners].map(([owner, list]) => `xargs -0 chown --no-dereference ${owner} <${jobPath}/${list}`),
    `cd / && xargs -0 --no-run-if-empty rm -rf <${jobPath}/removed`,
    `${unpackWords('/', true).join(' ')}`,
    'exec 0</dev/null',
    ...lending,
    ...scripts.map((script, index) => callOf(script, index, { kept: faked, enter: inNamespace })),
    `printf 'done\\0' >&3`,
    'plain() { env -u LD_PRELOAD "$@"; }',
    // faked(1) answers in order: after the answer, it has saved.
    `rm -rf /dev/shm/*; kill -USR1 "\${key##*:}"; stat / >/dev/null; [ -e ${fakedFile} ]`,
    `cd ${upperPath}`,
    '{',
    '  plain find . ! -type c -print0',
    `  plain find / -xdev -printf '%D %i ./%P\\0' | plain gawk -v saved=${fakedFile} ${quote(believedNames)}`,
    `} | plain sort -zu | tar ${packing.map(quote).join(' ')} --directory / --no-recursion --null --files-from - --file - >&5`,
    `plain find . -mindepth 1 \\( -type c -o -type d -o -links +1 \\) -print0 | plain tar ${packing.map(quote).join(' ')} --no-recursion --null --files-from - --file - >&6`,
    '',
  ].join('\n')
}

/**
 * The session without namespaces: fakechroot(1) gives each program another root, fakeroot(1) the rights of root. Programs are started by
 * the tools' loader, with the tools' libraries before the image's.
 *
 * @param toolNames - names in the image's root that are not the image's
 */
export function bareSessionText(scripts: readonly Script[], toolNames: readonly string[]): string {
  const excluded = toolNames.map((name) => `--exclude=./${name}`)
  // In the image's root: fakechroot writes an absolute link as one below the current root.
  const inImage = (...lines: readonly string[]): string =>
    [...inTools.image, '-ec', quote([`PATH=${toolsPath}/bin`, ...lines].join('\n'))].join(' ')
  return [
    'umask 022',
    'set -e',
    alone,
    'key=$(faked-sysv)',
    // It has left this session's process group, and nothing else would end it.
    `trap 'kill "\${key##*:}"' EXIT`,
    `export FAKEROOTKEY=\${key%%:*} FAKEROOTDONTTRYCHOWN=1 LD_PRELOAD="libfakeroot-sysv.so libfakechroot.so"`,
    inImage(unpackWords('/', true).join(' '), ...lending),
    'exec 0</dev/null',
    ...scripts.map((script, index) => callOf(script, index, { kept: fakedWithRoot, enter: inTools })),
    `printf 'done\\0' >&3`,
    inImage(`tar ${[...packing, ...excluded].map(quote).join(' ')} --directory / --file - . >&5`),
    '',
  ].join('\n')
}

const fakedWithRoot = [
  ...faked,
  ...['FAKECHROOT', 'FAKECHROOT_BASE', 'FAKECHROOT_ELFLOADER', 'FAKECHROOT_EXCLUDE_PATH'],
] as const

/** Runs a session so that scripts may open `/dev/stdout`: what Node calls a pipe is a socket, which cannot be opened again. */
export function withOutput(session: string): readonly string[] {
  return ['mkfifo -m 666 said', 'cat <said 3>&- &', `${session} >said 2>&1 || exit $?`]
}

interface Entering {
  /** Variables that the session and the script's shell share. */
  readonly kept: readonly string[]
  readonly enter: Readonly<Record<Script['within'], readonly string[]>>
}

function callOf({ within }: Script, index: number, { kept, enter }: Entering): string {
  const isImage = within === 'image'
  const variables = {
    ...environment,
    PATH: isImage ? `${toolsPath}/bin:${imagePath}` : '/usr/sbin:/usr/bin',
    TMPDIR: isImage ? '/dev/shm' : '/tmp',
    out: isImage ? '/' : buildPath,
  }
  const assignments = Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`))
  const inherited = kept.map((name) => `${name}="$${name}"`)
  const file = isImage ? `${jobPath}/script-${index}` : `/job/script-${index}`
  const words = [...assignments, ...inherited, quote(`BASH_ENV=${file}-start`), ...enter[within], '-e', file]
  return `printf 'script ${index}\\0' >&3; alone env -i ${words.join(' ')}`
}

/** Prologue of a script's shell: reports on descriptor 3 which line failed, and from where it was called. */
export function startText({ within }: Script): string {
  return [
    'unset BASH_ENV',
    `cd ${within === 'image' ? '/' : buildPath}`,
    'set -E',
    `trap '{ printf "failed %s %s %s\\0" "$?" "$LINENO" "$BASH_COMMAND"; printf "at %s\\0" "\${BASH_SOURCE[@]}" "\${BASH_LINENO[@]}"; } 2>/dev/null >&3' ERR`,
    `trap 'printf "ended %s %s\\0" "$?" "$BASH_COMMAND" 2>/dev/null >&3' EXIT`,
    '',
  ].join('\n')
}
