import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth } from '../../../../test/support/growth.ts'
import { gather } from '../../../base/bytes.ts'
import type { NodeEntry } from '../../../tree/entry.ts'
import { directory, executable, file, type Item, memoryTree, symlink } from '../../../tree/memory.ts'
import { path } from '../../../tree/path.ts'
import { union } from '../../../tree/union.ts'
import { parseMasters } from '../account-files.ts'
import type { RootPackage } from '../input.ts'
import { type Configured, configure } from './configure.ts'

const skeleton = memoryTree({
  ...{ bin: symlink('usr/bin'), sbin: symlink('usr/sbin'), 'usr/bin': directory(), 'usr/sbin': directory() },
  ...{
    etc: directory(),
    sys: directory(),
    'var/lib': directory(),
    'var/log': directory(),
    run: directory(),
    tmp: directory(),
  },
})
const accounts = parseMasters(
  'root:*:0:0:root:/root:/bin/bash\nwww-data:*:33:33::/var/www:/usr/sbin/nologin\n',
  'root:*:0:\nadm:*:4:\nwww-data:*:33:\nstaff:*:50:\n',
)

interface Given {
  readonly files?: Readonly<Record<string, Item>>
  readonly control?: Readonly<Record<string, string>>
}

function packaged(name: string, { files = {}, control = {} }: Given): RootPackage {
  const texts = Object.entries({ control: `Package: ${name}\n`, ...control })
  return {
    ...{ name, version: '1.0', architecture: 'amd64', tree: memoryTree(files) },
    control: new Map(texts.map(([key, text]) => [key, Buffer.from(text)])),
  }
}

function configured(...packages: readonly RootPackage[]): Configured {
  const files = union([...packages.map(({ tree }) => tree), skeleton])
  return configure({ packages, files, accounts, architecture: 'amd64' })
}

/** Effects of a postinst script of one package. */
function after(postinst: string, given: Given = {}): Configured {
  return configured(packaged('p', { ...given, control: { ...given.control, postinst: `#!/bin/sh\n${postinst}` } }))
}

function shown(entry: NodeEntry): string {
  const { mode, uname, gname, xattrs } = entry.metadata
  if (entry.kind === 'symlink') return `${entry.path} -> ${entry.target}`
  const text = entry.kind === 'file' ? ` ${JSON.stringify(Buffer.from(gather(entry.content.open())).toString())}` : '/'
  const attributes = [...xattrs].map(([name, value]) => ` ${name}=${Buffer.from(value).toString('hex')}`).join('')
  return `${entry.path} ${mode.toString(8)} ${uname}:${gname}${text}${attributes}`
}

function files(postinst: string, given: Given = {}): readonly string[] {
  return after(postinst, given)
    .files.map(({ entry }) => shown(entry))
    .sort()
}

function notes(postinst: string, given: Given = {}): readonly string[] {
  return after(postinst, given).notes.map(({ command, reason }) => `${command}: ${reason}`)
}

test('scripts: directories, owners and permissions, in order', () => {
  const script = `set -e
mkdir -p /var/lib/a/b /var/log/l
chown -R www-data:adm /var/lib/a
chmod 2750 /var/lib/a
install -d -o root -g adm -m 1770 /var/spool/s
chgrp staff /etc/own; chmod o= /etc/own
touch /var/log/l/x; chmod u=rw,go= /var/log/l/x`
  assert.deepEqual(files(script, { files: { 'etc/own': file('own') } }), [
    'etc/own 640 root:staff "own"',
    'var/lib/a 2750 www-data:adm/',
    'var/lib/a/b 755 www-data:adm/',
    'var/log/l 755 root:root/',
    'var/log/l/x 600 root:root ""',
    'var/spool 755 root:root/',
    'var/spool/s 1770 root:adm/',
  ])
  assert.deepEqual(notes(script, { files: { 'etc/own': file('own') } }), [])
})

test('scripts: set-id bits are cleared when the owner changes, kept on directories, and inherited', () => {
  const given = {
    files: {
      'usr/bin/x': executable('', { mode: 0o6755 }),
      'var/d': directory({ mode: 0o2775, gname: 'staff', gid: 50 }),
    },
  }
  assert.deepEqual(files('chown www-data /usr/bin/x; chmod 755 /var/d; mkdir /var/d/sub; touch /var/d/f', given), [
    'usr/bin/x 755 www-data:root ""',
    'var/d 2755 root:staff/',
    'var/d/f 644 root:staff ""',
    'var/d/sub 2755 root:staff/',
  ])
})

test('scripts: copies, links, globs and files written by redirections and here-documents', () => {
  const script = `
name=conf
for f in /usr/share/p/*.$name; do cp "$f" /etc/; done
ln -s /etc/a.conf /etc/link; ln -s ../usr/share/p /etc/
cat > /etc/made <<EOF
name=$name
EOF
echo more >> /etc/made
printf '%s\\n' one two | grep -v two > /etc/one
umask 077; echo secret > /etc/secret`
  const given = {
    files: { 'usr/share/p/a.conf': file('A'), 'usr/share/p/b.conf': file('B'), 'usr/share/p/c.txt': file('C') },
  }
  assert.deepEqual(files(script, given), [
    'etc/a.conf 644 root:root "A"',
    'etc/b.conf 644 root:root "B"',
    'etc/link -> /etc/a.conf',
    'etc/made 644 root:root "name=conf\\nmore\\n"',
    'etc/one 644 root:root "one\\n"',
    'etc/p -> ../usr/share/p',
    'etc/secret 600 root:root "secret\\n"',
  ])
})

test('scripts: conditions over arguments, versions, files, accounts and programs are decided', () => {
  const truths = [
    '[ "$1" = configure ]',
    '[ -z "$2" ]',
    'dpkg --compare-versions "$2" lt 5',
    '! dpkg --compare-versions "$2" lt-nl 5',
    'test -d /etc -a ! -e /etc/none',
    '[ -x /usr/bin/tool ] && [ -L /usr/bin/link ] && [ -f /usr/bin/link ] && [ ! -h /usr/bin/tool ]',
    'command -v tool >/dev/null',
    'which adduser > /dev/null 2>&1',
    'getent passwd www-data',
    '! getent group ghost',
    'id -u www-data',
    '! dpkg-statoverride --list /etc/x >/dev/null',
    '[ "$(dpkg --print-architecture)" = amd64 ]',
    '[ ! -d /run/systemd/system ]',
    'case "$1" in abort-*|x) false ;; conf*) true ;; esac',
    'echo "a b" | grep -q "^a"',
    '[ "$(echo a; echo b)" = "a\nb" ]',
    '[ "${x:-y}${1#conf}${1%%f*}" = "yigurecon" ]',
    '[ $((2 * 3 + 1)) -eq 7 ]',
  ]
  const given = { files: { 'usr/bin/tool': executable(''), 'usr/bin/link': symlink('tool') } }
  for (const truth of truths) {
    assert.deepEqual(
      files(`if ${truth}; then touch /etc/yes; else touch /etc/no; fi`, given),
      ['etc/yes 644 root:root ""'],
      truth,
    )
    assert.deepEqual(notes(`if ${truth}; then touch /etc/yes; else touch /etc/no; fi`, given), [], truth)
  }
})

test('scripts: effects of one undecided branch are dropped with a note; effects of both branches take place', () => {
  const script = `
if [ -e /sys/class/x ]; then touch /etc/one; mkdir /var/lib/both; else mkdir /var/lib/both; fi
[ "$LANG" = C ] && chmod 600 /etc/own
touch /etc/after`
  const given = { files: { 'etc/own': file('') } }
  assert.deepEqual(files(script, given), ['etc/after 644 root:root ""', 'var/lib/both 755 root:root/'])
  assert.deepEqual(notes(script, given), [
    'touch /etc/one: may or may not run',
    'chmod 600 /etc/own: may or may not run',
  ])
})

test('scripts: a failing branch is not taken; after one that may end the script, everything is undecided', () => {
  assert.deepEqual(files('[ -e /sys/x ] || exit 1\ntouch /etc/a'), ['etc/a 644 root:root ""'])
  assert.deepEqual(files('set -e\nif [ -e /sys/x ]; then false; fi\ntouch /etc/a'), ['etc/a 644 root:root ""'])
  assert.deepEqual(files('[ -e /sys/x ] && exit 0\ntouch /etc/a'), [])
  assert.deepEqual(notes('[ -e /sys/x ] && exit 0\ntouch /etc/a'), ['touch /etc/a: may or may not run'])
  assert.deepEqual(files('f() { [ -e /sys/x ] && return 0; touch /etc/b; }\nf; touch /etc/a'), [
    'etc/a 644 root:root ""',
  ])
  assert.deepEqual(files('( exit 1 ) || touch /etc/a; exit 0; touch /etc/b'), ['etc/a 644 root:root ""'])
})

test('scripts: an abort branch is never taken', () => {
  const script = 'case "$1" in configure) touch /etc/a ;; abort-upgrade) rm -fr /etc/own; touch /etc/b ;; esac'
  assert.deepEqual(files(script, { files: { 'etc/own/x': file('') } }), ['etc/a 644 root:root ""'])
  assert.deepEqual(notes(script, { files: { 'etc/own/x': file('') } }), [])
})

test('scripts: functions have parameters, shift, locals and a status; loops end', () => {
  const script = `
x=outer
f() { local x="$1"; shift; while [ $# -gt 0 ]; do touch "/etc/$x-$1"; shift; done; return 3; }
f a "b c" d || echo $? > /etc/status
echo $x > /etc/x
g() { for i; do h "$@"; break; done; }
h() { echo "$#:$*" > /etc/h; }
g 1 "2 3"`
  assert.deepEqual(files(script), [
    'etc/a-b c 644 root:root ""',
    'etc/a-d 644 root:root ""',
    'etc/h 644 root:root "2:1 2 3\\n"',
    'etc/status 644 root:root "3\\n"',
    'etc/x 644 root:root "outer\\n"',
  ])
})

test('scripts: what is read from /dev/null is an empty file', () => {
  const script = `
install -m 640 -g adm /dev/null /etc/installed
cp /dev/null /etc/copied
cat /dev/null > /etc/printed`
  assert.deepEqual(files(script), [
    'etc/copied 644 root:root ""',
    'etc/installed 640 root:adm ""',
    'etc/printed 644 root:root ""',
  ])
  assert.deepEqual(notes(script), [])
})

test('scripts: arithmetic assigns, and reads octal numbers', () => {
  const script = `
x=4; : $((x = x + 10)); touch /etc/x$x
i=0; while [ $i -lt 3 ]; do touch /etc/i$i; : $((i += 1)); done
touch /etc/o$((010)); x=1; : $((x = y = 2)); touch /etc/both$x; x=1; : $((x++)); touch /etc/step$x`
  assert.deepEqual(
    files(script).map((line) => line.split(' ')[0]),
    ['etc/i0', 'etc/i1', 'etc/i2', 'etc/o8', 'etc/x14'],
  )
  assert.deepEqual(notes(script), [
    'touch /etc/both$x: the files there are unknown',
    'touch /etc/step$x: the files there are unknown',
  ])
})

test('scripts: what is written to another descriptor, or passed on by an unknown command, is noted as unknown', () => {
  const script = `
exec 3> /etc/third
echo b a | xargs -n1 | sort > /etc/sorted
printf '\\101 100%%\\n' > /etc/printed
exec 9> /run/lock/p 2> /dev/null`
  assert.deepEqual(files(script), ['etc/printed 644 root:root "A 100%\\n"'])
  assert.deepEqual(notes(script), [
    'exec 3> /etc/third: its effect is unknown',
    'xargs -n1: the files there are unknown',
    'sort > /etc/sorted: its effect is unknown',
  ])
})

test('scripts: spaces and parameters that multiply take neither time nor memory', () => {
  const doubled = `set -- a b\n${'set -- "$@" "$@"\n'.repeat(40)}echo $# > /etc/count; touch /etc/after`
  assert.deepEqual(files(doubled), ['etc/after 644 root:root ""'])
  assert.deepEqual(notes(doubled), ['echo $# > /etc/count: its effect is unknown'])
  const spaced = (size: number): unknown => files(`true x${' '.repeat(size)}$((a${' '.repeat(size)}b))`)
  assert.ok(growth(spaced, 10_000) < 24)
})

test('scripts: files of packages are not removed or moved, and a note says so; what a script made is', () => {
  const given = { files: { 'etc/own': file('') } }
  const script =
    'rm -f /etc/own /etc/none; touch /etc/t; mv /etc/t /etc/u; touch /etc/v; rm /etc/v; test -e /etc/own || touch /etc/w'
  assert.deepEqual(files(script, given), ['etc/u 644 root:root ""', 'etc/w 644 root:root ""'])
  assert.deepEqual(notes(script, given), ['rm -f /etc/own /etc/none: /etc/own is part of a package and stays'])
  assert.deepEqual(files('mv /etc/own /etc/other', given), ['etc/other 644 root:root ""'])
  assert.deepEqual(notes('mv /etc/own /etc/other', given), [
    'mv /etc/own /etc/other: /etc/own is part of a package and stays',
  ])
})

test("scripts: a package's file that a script removes and puts back needs no note", () => {
  const given = { files: { 'usr/bin/dash': executable(''), 'usr/bin/sh': symlink('dash') } }
  const script = 'rm -f /bin/sh; test -e /bin/sh && touch /etc/x; ln -sf dash /bin/sh.tmp; mv -f /bin/sh.tmp /bin/sh'
  assert.deepEqual([files(script, given), notes(script, given)], [[], []])
})

test('scripts: setcap sets the attribute that the kernel reads', () => {
  const capability = 'security.capability=0100000200200000000000000000000000000000'
  assert.deepEqual(
    files('setcap cap_net_raw+ep /usr/bin/ping && chmod u-s /usr/bin/ping', {
      files: { 'usr/bin/ping': executable('', { mode: 0o4755 }) },
    }),
    [`usr/bin/ping 755 root:root "" ${capability}`],
  )
})

test('scripts: ucf copies where nothing is; Apache and its modules are switched on by links', () => {
  const given = {
    files: {
      'usr/share/p/a.conf': file('A', { mode: 0o640 }),
      'etc/there': file('own'),
      'etc/apache2/mods-available/m.load': file('# Depends: n\n'),
      'etc/apache2/mods-available/m.conf': file(''),
      'etc/apache2/mods-available/n.load': file(''),
      'etc/apache2/conf-available/c.conf': file(''),
    },
  }
  assert.deepEqual(
    files('ucf --three-way /usr/share/p/a.conf /etc/a.conf; ucf /usr/share/p/a.conf /etc/there', given),
    ['etc/a.conf 640 root:root "A"'],
  )
  assert.deepEqual(
    files('a2enmod -q m; apache2_invoke enconf c', given).filter((line) => line.includes('->')),
    [
      'etc/apache2/conf-enabled/c.conf -> ../conf-available/c.conf',
      'etc/apache2/mods-enabled/m.conf -> ../mods-available/m.conf',
      'etc/apache2/mods-enabled/m.load -> ../mods-available/m.load',
      'etc/apache2/mods-enabled/n.load -> ../mods-available/n.load',
    ],
  )
})

test('scripts: accounts are created with their homes, and can own files at once', () => {
  const {
    files: made,
    requests,
    notes: none,
  } = after(`
if ! getent passwd db >/dev/null; then adduser --system --group --home /var/lib/db db; fi
adduser db adm; usermod -aG staff db
groups db | grep -qw adm && touch /etc/adm
[ "$(getent passwd db | cut -d: -f6)" = /var/lib/db ] && chown db: /etc/adm`)
  assert.deepEqual(
    made.map(({ entry }) => shown(entry)),
    ['var/lib/db 755 db:db/', 'etc/adm 644 db:db ""'],
  )
  assert.deepEqual(requests.memberships, [
    { user: 'db', group: 'adm' },
    { user: 'db', group: 'staff' },
  ])
  assert.deepEqual(none, [])
})

test('scripts: debhelper’s parts have effects but make no notes', () => {
  const part = (text: string) => `# Automatically added by dh_x/13\n${text}\n# End automatically added section\n`
  const { files: made, notes: none } = after(
    part('some-trigger --all\ntouch /etc/a\nif some-test; then touch /etc/b; fi'),
  )
  assert.deepEqual([made.map(({ entry }) => entry.path), none], [[path('etc/a')], []])
})

test('scripts: unknown programs, and scripts in another language, are noted', () => {
  assert.deepEqual(notes('/usr/share/p/setup --now\nsystemctl restart p\ninvoke-rc.d p start || true\necho done'), [
    '/usr/share/p/setup --now: slipway does not run programs',
  ])
  const perl = packaged('p', { control: { postinst: '#!/usr/bin/perl\nsystem "x";\n' } })
  assert.deepEqual(configured(perl).notes, [
    { package: 'p', command: 'postinst: #!/usr/bin/perl', reason: 'slipway reads shell scripts only' },
  ])
  assert.deepEqual(notes('if true; then'), ['postinst: #!/bin/sh: slipway cannot read this script'])
})

test('scripts: questions are answered by templates and config scripts', () => {
  const control = {
    templates: 'Template: p/a\nType: string\nDefault: x y\n\nTemplate: p/b\nType: boolean\n',
    config: '#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_input low p/a || true\ndb_go\ndb_set p/b true\n',
  }
  const script =
    '. /usr/share/debconf/confmodule\ndb_get p/a; echo "$RET" > /etc/a\ndb_get p/b && [ "$RET" = true ] && touch /etc/b\ndb_get p/c || touch /etc/c'
  assert.deepEqual(files(script, { control }), [
    'etc/a 644 root:root "x y\\n"',
    'etc/b 644 root:root ""',
    'etc/c 644 root:root ""',
  ])
})

test('scripts: dependencies are configured first, and a preinst sees none of its package’s files', () => {
  const a = packaged('a', {
    control: {
      control: 'Package: a\nDepends: b, c\n',
      postinst: '#!/bin/sh\n[ -d /var/lib/b ] && touch /var/lib/b/a\n',
    },
  })
  const b = packaged('b', {
    files: { 'etc/b': file('') },
    control: {
      postinst: '#!/bin/sh\nmkdir /var/lib/b\n',
      preinst: '#!/bin/sh\n[ -e /etc/b ] && touch /etc/upgrade\n[ "$1" = install ] && touch /etc/new\n',
    },
  })
  assert.deepEqual(
    configured(a, b).files.map(({ entry, by }) => `${entry.path} ${by}`),
    ['etc/new b', 'var/lib/b b', 'var/lib/b/a a'],
  )
})

test('scripts: dpkg knows whose a file is, wherever /usr is merged', () => {
  const given = { files: { 'usr/bin/own': file('') } }
  const script =
    'dpkg-query -S /bin/own >/dev/null && touch /etc/a; dpkg -S /usr/bin/own && touch /etc/b; dpkg -S /etc/a || touch /etc/c'
  assert.deepEqual(
    files(script, given).map((line) => line.split(' ')[0]),
    ['etc/a', 'etc/b', 'etc/c'],
  )
  assert.deepEqual(notes(script, given), [])
})

test('scripts: env(1) runs a program with variables; with words that are unknown, or options, its effect is noted', () => {
  const given = { files: { 'etc/default': directory(), 'usr/share/x': file('x'), 'usr/bin/ucf': executable('') } }
  for (const words of ['A=1 B=', '$none'])
    assert.deepEqual(
      [
        files(`none=\nenv ${words} ucf /usr/share/x /etc/default/x`, given),
        notes(`env ${words} ucf /usr/share/x /etc/default/x`, given),
      ],
      [['etc/default/x 644 root:root "x"'], []],
    )
  for (const words of ['$(date)', '-i', 'A=1 $(date)'])
    assert.deepEqual(notes(`env ${words} ucf /usr/share/x /etc/default/x`, given), [
      `env ${words} ucf /usr/share/x /etc/default/x: its effect is unknown`,
    ])
})

test('scripts: what they leave in /var/tmp stays, unlike their work in /tmp', () => {
  const script = 'mkdir -p /var/tmp/recover; chmod 1777 /var/tmp/recover; mkdir -p /tmp/work; echo > /tmp/work/file'
  const given = { files: { 'var/tmp': directory({ mode: 0o1777 }) } }
  assert.deepEqual(files(script, given), ['var/tmp/recover 1777 root:root/'])
})

test('scripts: one that fails, as it is read, is noted: the script of an installed package succeeded', () => {
  assert.deepEqual(notes('mkdir /etc/made\nif [ -d /etc/made ]; then exit 3; fi'), [
    'postinst: #!/bin/sh: as slipway reads it, the script fails with status 3',
  ])
  assert.deepEqual(notes('[ -d /etc/none ] || exit 0\nexit 1'), [])
})

test('scripts: a question has no known answer if its default contains variables, or if it is a choice without a default', () => {
  const templates =
    'Template: p/made\nType: string\nDefault: ${made}\n\nTemplate: p/chosen\nType: select\nChoices: a, b\n\nTemplate: p/plain\nType: string\n'
  const given = { control: { templates } }
  const script = (question: string) =>
    `. /usr/share/debconf/confmodule\ndb_get p/${question}\necho "<$RET>" > /etc/answer`
  for (const question of ['made', 'chosen'])
    assert.deepEqual([files(script(question), given), notes(script(question), given).length], [[], 1], question)
  assert.deepEqual(files(script('plain'), given), ['etc/answer 644 root:root "<>\\n"'])
})

test('scripts: nothing is noted of what is in /dev, /run or a temporary directory', () => {
  const script =
    'for each in /dev /run /tmp /var/run; do ln -sf x $each/a; touch $each/b; mkdir -p $each/c; rm -f $each/a; done'
  assert.deepEqual(notes(`device=$(cat /proc/device)\nln -sf $device /dev/d\n${script}`), [])
})

test('scripts: run-parts lists programs; where there are none it runs none', () => {
  const given = {
    files: { 'etc/parts/one': executable(''), 'etc/parts/two.sh': executable(''), 'etc/none': directory() },
  }
  const script =
    'for each in $(run-parts --list /etc/parts); do touch $each-seen; done; run-parts /etc/none && touch /etc/after'
  assert.deepEqual(files(script, given), ['etc/after 644 root:root ""', 'etc/parts/one-seen 644 root:root ""'])
  assert.deepEqual(notes(script, given), [])
  assert.deepEqual(notes('run-parts /etc/parts', given), ['run-parts /etc/parts: slipway does not run programs'])
})

test('scripts: a library calls what every machine does not miss by its own path', () => {
  assert.deepEqual(notes('/usr/lib/x86_64-linux-gnu/glib-2.0/glib-compile-schemas /usr/share/glib-2.0/schemas'), [])
  assert.deepEqual(notes('/usr/lib/own/setup'), ['/usr/lib/own/setup: slipway does not run programs'])
})

test("scripts: a package's configuration files are not there before it is configured", () => {
  const script = '#!/bin/sh\nchmod 600 /etc/d/*\n'
  const first = packaged('first', {
    files: { 'etc/d/own': file('') },
    control: { postinst: script, conffiles: '/etc/d/own\n' },
  })
  const second = packaged('second', {
    files: { 'etc/d/other': file('') },
    control: { conffiles: '/etc/d/other\n', postinst: '#!/bin/sh\ntest -e /etc/d/other && touch /etc/seen\n' },
  })
  assert.deepEqual(
    configured(first, second)
      .files.map(({ entry }) => shown(entry).split(' ', 2).join(' '))
      .sort(),
    ['etc/d/own 600', 'etc/seen 644'],
  )
})

test('scripts: usermod, chfn and chsh change the line of an account that a script creates', () => {
  const script =
    'adduser --system --group --home /var/lib/db db; usermod -c "Data base" -aG adm db; chsh -s /bin/sh db; usermod -L db'
  const [user] = after(script).requests.users
  assert.deepEqual([user?.gecos, user?.shell, user?.home], ['Data base', '/bin/sh', '/var/lib/db'])
  assert.deepEqual(after(script).requests.memberships, [{ user: 'db', group: 'adm' }])
  assert.deepEqual(notes(script), [])
  assert.equal(after('adduser --system db; chfn -f "D B" db').requests.users[0]?.gecos, 'D B,,,')
  assert.deepEqual(notes('usermod -s /bin/sh www-data'), ['usermod -s /bin/sh www-data: changes an account'])
})

test('scripts: a link of a group of alternatives is there for scripts, and is not theirs to create', () => {
  const given = { files: { 'usr/sbin/tool-new': executable('') } }
  const script = `update-alternatives --install /sbin/tool tool /usr/sbin/tool-new 10
which tool && touch /etc/seen
test -x /usr/sbin/tool && touch /etc/there`
  assert.deepEqual(files(script, given), ['etc/seen 644 root:root ""', 'etc/there 644 root:root ""'])
  assert.equal(after(script, given).alternatives.length, 1)
})

test('scripts: sed edits files, with escaped marks; what it cannot follow is noted, however many escapes it has', () => {
  const given = { files: { 'etc/own': file('path /etc/old\n#comment\nlast\n') } }
  const script = String.raw`sed -i -e 's/\/etc\/old/\/etc\/new/' -e '/^\#/d' /etc/own`
  assert.deepEqual(files(script, given), ['etc/own 644 root:root "path /etc/new\\nlast\\n"'])
  for (const command of [`s/${'\\.'.repeat(500)}/b/q`, `s/a/${'\\.'.repeat(500)}/q`, `/${'\\.'.repeat(500)}/q`])
    assert.equal(notes(`sed -i '${command}' /etc/own`, given).length, 1)
})

test('scripts: commands and conditions that nest too deeply, and expressions with too many alternatives, are noted', () => {
  const given = { files: { 'etc/own': file(`${'a'.repeat(390)}\n`) } }
  const many = (text: string): string => text.repeat(4000)
  const tooDeep = [
    `${many('true && ')}true`,
    `if false; then true; ${many('elif nosuch; then true; ')}fi`,
    `case "$(nosuch)" in ${many('a) true;; ')}esac`,
    `A='eval "$A"'; eval "$A"`,
  ]
  for (const script of tooDeep) assert.match(String(notes(script, given)), /takes too many steps/, script.slice(0, 40))
  assert.equal(notes(`test ${many(String.raw`\( `)}-e /x${many(String.raw` \)`)} && touch /etc/there`, given).length, 1)
  assert.equal(notes(`sed -i 's/${String.raw`\(a\|a\)`.repeat(22)}b/x/' /etc/own`, given).length, 1)
  assert.equal(notes(`${'true && '.repeat(150)}touch /etc/there`, given).length, 0)
})
