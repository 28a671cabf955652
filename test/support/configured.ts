/** Compares roots that dpkg configured with images of the same packages, path by path: kind, mode, owner, attributes, link, content. */
import { hash } from 'node:crypto'
import { gather } from '../../src/base/bytes.ts'
import type { RootPackage } from '../../src/debian/root/input.ts'
import type { RootInput } from '../../src/debian/root/root.ts'
import { type Entry, hasMetadata } from '../../src/tree/entry.ts'
import { path as pathOf } from '../../src/tree/path.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { run } from './command.ts'

/** Reasons for which an image may differ from a configured root, by path. */
export const reasons: readonly (readonly [path: RegExp, reason: string])[] = [
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
  [
    /^etc\/(bind\/rndc\.key|ssh\/ssh_host_.*|ssl\/(certs|private)\/ssl-cert-snakeoil\..*)$/,
    'secrets: another one for each machine',
  ],
  [
    /^(var\/lib|etc)\/postgresql\/\d+(\/|$)|^var\/log\/postgresql\//,
    'a database cluster is made when the program starts first',
  ],
  [/^etc\/postgresql-common\/root\.crt$/, 'a text that says that no certificate is there'],
  [/^var\/lib\/ca-certificates-java\/fresh$/, 'removed again by a trigger'],
  [/^etc\/(locale\.gen|default\/locale)$/, 'locales are not generated'],
  [/^etc\/hosts\.(allow|deny)$/, 'comments of libwrap0; without the files everything is allowed as with them'],
  [/^var\/log\/(alternatives|bootstrap|dpkg)\.log$/, 'logs'],
  [/^etc\/(machine-id|mtab|papersize)$|^var\/lib\/dbus\/machine-id$/, 'belongs to the running machine'],
  [/^etc\/systemd\/user(\/|$)/, 'services are not started in a container'],
  [/^var\/lib\/(insserv|emacsen-common|xml-core|sgml-base|apache2)(\/|$)/, "the scripts' own bookkeeping"],
  [/^var\/cache\/(man|fontconfig)(\/|$)|^var\/log\/fontconfig\.log$/, 'caches'],
  [
    /^usr\/share\/mime\/|^usr\/share\/icons\/.*\.cache$|^usr\/share\/applications\/mimeinfo\.cache$/,
    'made by triggers',
  ],
  [/^usr\/share\/glib-2\.0\/schemas\/gschemas\.compiled$|\/(loaders|giomodule)\.cache$/, 'made by triggers'],
  [
    /^usr\/share\/info\/dir$|^etc\/mailcap$|^(var\/(cache|lib)|usr\/share)\/dictionaries-common(\/|$)/,
    'made by triggers',
  ],
  [/^usr\/lib\/locale(\/|$)|^boot\//, 'locales and kernels are not generated'],
]

/** Tells whether a line of `differences` has one of the reasons above. */
export function isExplained(line: string): boolean {
  // The link by hash to a secret has a name that is as secret.
  return line.includes('-> ssl-cert-snakeoil.pem') || reasons.some(([path]) => path.test(line.split(' ')[1] ?? ''))
}

/** Returns the machine's archive as lines of a sources.list, and its suite. */
export async function machineSources(): Promise<{ readonly suite: string; readonly lines: readonly string[] }> {
  const format = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(SITE) $(RELEASE) $(COMPONENT)'
  const sources = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages', 'Origin: Debian'])
  const lines = [...new Set(sources.split('\n'))].filter((line) => line !== '')
  const [suite = ''] = lines.map((line) => line.split(' ')[3] ?? '').filter((each) => !each.includes('-'))
  return { suite, lines }
}

/** Describes an image of packages with the ids that a real root happened to give, so that the files of accounts can be compared. */
export function inputOf(packages: readonly RootPackage[], real: Tree): RootInput {
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

/** Reads a file of a root as text. */
export function textOf(tree: Tree, name: string): string {
  const at = pathOf(name)
  const entry = tree.get(at)
  return Buffer.from(tree.read(entry?.kind === 'hardlink' ? entry.target : at) ?? []).toString('utf8')
}

/** Returns a line for each path that differs: which side, path, what each has there. */
export function differences(real: Tree, ours: Tree): readonly string[] {
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
  const { mode, uid, gid, xattrs } = entry.metadata
  const content = entry.kind === 'file' ? hash('md5', gather(entry.content.open())) : ''
  const attributes = [...xattrs].map(([name, value]) => ` ${name}=${Buffer.from(value).toString('hex')}`).join('')
  return `${entry.kind} ${mode.toString(8)} ${uid}:${gid} ${content}${attributes}`
}
