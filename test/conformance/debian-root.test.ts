/**
 * An image by slipway compared with a root that dpkg configured, scripts and all, path by path: kind, mode, owner, link, content.
 *
 * Its packages are the closures of all programs that the project promises. Every difference needs a reason in the table below. It takes
 * a minute or two, and two gigabytes in the temporary folder.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { gather } from '../../src/base/bytes.ts'
import type { RootPackage } from '../../src/debian/root/input.ts'
import { debianRoot, type RootInput } from '../../src/debian/root/root.ts'
import { parseParagraphs } from '../../src/format/control.ts'
import { openTar } from '../../src/store/tar/tree.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { downloadDebs, imageOf, noDebs, readPackages } from '../support/debs.ts'
import { temporaryFolder } from '../support/temporary.ts'

const promised = [
  ...['usr-is-merged', 'hello', 'bash', 'coreutils', 'redis-server', 'nginx-light', 'python3', 'nodejs', 'postgresql'],
  ...['curl', 'ca-certificates', 'openjdk-17-jre-headless', 'php-cli', 'git', 'ruby', 'perl', 'busybox-static', 'tini'],
  ...['gosu', 'openssh-server', 'netbase', 'iputils-ping', 'tzdata'],
]

/** Why an image may differ from a configured root, by path. */
const reasons: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^var\/lib\/dpkg(\/|$)/, "dpkg's database is another form of record (debian-files.test.ts compares it)"],
  [/^(var\/(lib|cache|log)\/apt|etc\/apt)(\/|$)/, 'made by apt and mmdebstrap, which an image does without'],
  [/^etc\/(fstab|hostname|resolv\.conf|\.pwd\.lock)$/, 'made by mmdebstrap or belongs to the running machine'],
  [/^dev\//, 'a container brings its own /dev'],
  [/^(proc|sys|run|tmp)\//, 'empty in the archive of a root: mounted when a system runs'],
  [/^etc\/(rc[0-9S]\.d|systemd\/system)(\/|$)/, 'services are not started in a container'],
  [/^var\/lib\/(systemd|ucf|pam|python|vim|php\/modules)(\/|$)/, "the scripts' own bookkeeping"],
  [/^(var\/cache\/debconf|etc\/runit)(\/|$)/, "the scripts' own bookkeeping"],
  [/^var\/cache\/ldconfig\/aux-cache$/, 'ldconfig keeps it for its next run'],
  [/^etc\/ld\.so\.cache$/, 'another order of strings; ldconfig lists the same (debian-files.test.ts)'],
  [/(\.pyc|__pycache__)$/, 'byte code must be made by the Python that runs it'],
  [/^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-$/, 'backups'],
  [/^etc\/g?shadow$/, 'the day of the last change of a password is left empty'],
  [/^etc\/shells$|^var\/lib\/shells\.state$/, 'the same shells in another order: a real list grows as packages come'],
  [
    /^etc\/alternatives\/.*\.(1|3|7)\.gz$|^usr\/share\/man\/man[137]\/.*\.gz$/,
    'man pages set by a shell library of PostgreSQL',
  ],
  [/^etc\/ca-certificates\.conf$/, 'the same certificates without the comment'],
  [/^etc\/ssl\/certs\/java\/cacerts$/, 'the same certificates in another order and with a fixed time'],
  [/^etc\/(ssh\/ssh_host_.*|ssl\/(certs|private)\/ssl-cert-snakeoil\..*)$/, 'secrets: another one for each machine'],
  [
    /^(var\/lib|etc)\/postgresql\/\d+(\/|$)|^var\/log\/postgresql\//,
    'a database cluster is made when the program starts first',
  ],
  [/^etc\/postgresql-common\/root\.crt$/, 'a text that says that no certificate is there'],
  [/^var\/lib\/ca-certificates-java\/fresh$/, 'removed again by a trigger'],
  [/^etc\/(locale\.gen|default\/locale)$/, 'locales are not generated'],
  [/^etc\/hosts\.(allow|deny)$/, 'comments of libwrap0; without the files everything is allowed as with them'],
  [/^var\/log\/(alternatives|bootstrap|dpkg)\.log$/, 'logs'],
]

// Their scripts run programs: to compile, to make caches, clusters and secrets, or to look at the machine.
const known =
  /^(ca-certificates|dash|dbus.*|fontconfig|libc6|libglib2\.0-0|locales|openssh-server|postgresql-.*|python3.*|ssl-cert|ucf|usr-?.*merge.*)$/

const without =
  noDebs ||
  missing('mmdebstrap') ||
  (process.getuid?.() === 0 ? false : 'not run: mmdebstrap needs root to make devices')

test('debian-root: every program that is promised is as dpkg configures it, but for what has a reason', {
  skip: without,
}, async () => {
  const folder = temporaryFolder()
  const real = await configuredRoot(folder, promised)
  const packages = await readPackages(folder, await downloadDebs(folder, await installed(real)))
  const input = inputOf(packages, real)
  const noted = new Set(debianRoot(input).notes.map((note) => note.package))
  assert.deepEqual(
    [...noted].filter((name) => !known.test(name)),
    [],
  )
  const unexplained = differences(real, imageOf(input)).filter(
    // The link by hash to a secret has a name that is as secret.
    (line) =>
      !line.includes('-> ssl-cert-snakeoil.pem') && !reasons.some(([path]) => path.test(line.split(' ')[1] ?? '')),
  )
  assert.deepEqual(unexplained, [])
})

/** A root that mmdebstrap made from the machine's own archive. */
async function configuredRoot(folder: string, names: readonly string[]): Promise<Tree> {
  const tar = join(folder, 'real.tar')
  const format = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(SITE) $(RELEASE) $(COMPONENT)'
  const sources = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages', 'Origin: Debian'])
  const suites = [...new Set(sources.split('\n'))].filter((line) => line !== '')
  const [suite = ''] = suites.map((line) => line.split(' ')[3] ?? '').filter((each) => !each.includes('-'))
  await run(
    'mmdebstrap',
    ['--quiet', '--mode=root', '--variant=essential', `--include=${names.join(',')}`, suite, tar, '-'],
    {
      input: [Buffer.from(`${suites.join('\n')}\n`)],
    },
  )
  return openTar(tar, join(folder, 'real.index')).tree
}

function textOf(tree: Tree, path: string): string {
  for (const entry of tree.entries()) {
    if (entry.path === path && entry.kind === 'file') return Buffer.from(gather(entry.content.open())).toString('utf8')
  }
  throw new Error(`no ${path}`)
}

async function installed(real: Tree): Promise<readonly string[]> {
  return parseParagraphs(textOf(real, 'var/lib/dpkg/status')).map(
    (each) => `${each.get('package')}=${each.get('version')}`,
  )
}

/** The ids that the real root happened to give, so that the files of accounts can be compared. */
function inputOf(packages: readonly RootPackage[], real: Tree): RootInput {
  const ids = (file: string): ReadonlyMap<string, number> =>
    new Map(
      textOf(real, file)
        .split('\n')
        .map((line) => line.split(':'))
        .map(([name = '', , id]) => [name, Number(id)]),
    )
  const architecture = packages.find((each) => each.name === 'libc6')?.architecture ?? ''
  return {
    packages,
    data: [],
    ids: { users: ids('etc/passwd'), groups: ids('etc/group') },
    architecture,
    records: 'none',
  }
}

/** One line for each path that differs: which side, path, what stands there. */
function differences(real: Tree, ours: Tree): readonly string[] {
  const [theirs, mine] = [shownAll(real), shownAll(ours)]
  const paths = [...new Set([...theirs.keys(), ...mine.keys()])].sort()
  return paths.flatMap((path) => {
    const [a, b] = [theirs.get(path), mine.get(path)]
    if (a === b) return []
    return [`${b === undefined ? 'lacks' : a === undefined ? 'adds' : 'differs'} ${path} ${a ?? ''} ${b ?? ''}`]
  })
}

function shownAll(tree: Tree): ReadonlyMap<string, string> {
  const shown = new Map<string, string>()
  for (const entry of tree.entries()) {
    if (entry.path === '') continue
    shown.set(entry.path, entry.kind === 'hardlink' ? (shown.get(entry.target) ?? '?') : shownOne(entry))
  }
  return shown
}

function shownOne(entry: Entry): string {
  if (!hasMetadata(entry)) return entry.kind
  if (entry.kind === 'symlink') return `-> ${entry.target}`
  const { mode, uid, gid } = entry.metadata
  const content = entry.kind === 'file' ? hash('md5', gather(entry.content.open())) : ''
  return `${entry.kind} ${mode.toString(8)} ${uid}:${gid} ${content}`
}
