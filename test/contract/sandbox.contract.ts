/** Contract of every sandbox: the same job leaves the same layer, whichever user runs it and however. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { gather } from '../../src/base/bytes.ts'
import { BuildError } from '../../src/base/error.ts'
import { unwatched } from '../../src/base/event.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import type { Job, Sandbox, Script } from '../../src/sandbox/sandbox.ts'
import { fileRange } from '../../src/store/file-range.ts'
import { recipePath } from '../../src/store/store-path.ts'
import type { Entry } from '../../src/tree/entry.ts'
import { directory, file, hardlink, memoryTree, symlink, whiteout } from '../../src/tree/memory.ts'
import { overlay } from '../../src/tree/overlay.ts'
import { path, show } from '../../src/tree/path.ts'
import { emptyTree, type Tree, treeOf } from '../../src/tree/tree.ts'
import { jobOf, type SandboxTest } from '../support/sandbox.ts'

/** A sandbox under test, and its limitations. */
export interface Tested {
  readonly name: string
  /** Why it is not tested here. */
  readonly skip: string | false
  readonly sandbox: (ready: SandboxTest) => Sandbox
  /** Whether the user of the test may create devices. */
  readonly devices: boolean
}

/** Input of the job, besides a Debian root. */
const below = memoryTree({
  'srv/kept/file': file('kept\n'),
  'srv/replaced/old': file('old\n'),
  'srv/replaced/deeper/old': file('old\n'),
  'srv/moved/a': file('a\n', { uid: 33, gid: 33, uname: '', gname: '' }),
  'srv/moved/b': symlink('a'),
  'srv/linked/one': file('one object\n'),
  'srv/linked/two': hardlink('srv/linked/one'),
  'srv/removed': file('removed\n'),
  'srv/again': file('again\n'),
  'srv/log': file('before\n', { mode: 0o640 }),
  'srv/owned': directory({ uid: 33, gid: 33, uname: '', gname: '', mode: 0o750 }),
})

const layer = memoryTree({
  'srv/kept/own': file('own\n'),
  'srv/owned': directory({ uid: 33, gid: 33, uname: '', gname: '', mode: 0o750 }),
  'srv/own/link': symlink('../kept/own'),
  'srv/kept/file': whiteout(),
  'srv/owned/more': file('more\n', { uid: 33, gid: 33, uname: '', gname: '' }),
})

const everything = `
groupadd --gid 777 jane
useradd --uid 777 --gid 777 --home-dir /home/jane --create-home --shell /bin/sh jane
chown jane:jane /srv/log
chmod 640 /srv/log
chmod 644 /srv/again
rm -rf /srv/replaced && mkdir /srv/replaced && echo new > /srv/replaced/new
mv /srv/moved /srv/elsewhere
echo more >> /srv/linked/one
rm /srv/removed
rm /srv/again && echo other > /srv/again
install -m 4755 /bin/true /srv/set-uid
mkfifo -m 600 /srv/pipe
cp /bin/true /srv/capable && setcap cap_net_bind_service=+ep /srv/capable
ln /srv/again /srv/again-linked
ln -s nowhere /srv/dangling
chown -h 5:6 /srv/dangling
printf x > "/srv/$(printf 'n\\303\\244me')"
printf y > "/srv/$(printf 'l\\344tin')"
mkdir -m 2775 /srv/shared && chgrp 777 /srv/shared
touch -d 2001-02-03 /srv/dated
chmod 755 /srv
rm /srv/own/link && ln -s /etc/hostname /srv/own/link
cat /srv/kept/own > /srv/copied
[ ! -e /srv/kept/file ]
`

/** Declares the tests of one sandbox. @param ready - prepared once for all tests of a file */
export function sandboxContract({ name, skip, sandbox, devices }: Tested, ready: () => Promise<SandboxTest>): void {
  const it = (what: string, work: (given: SandboxTest, runner: Sandbox) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async (t) => {
      const given = await ready()
      const runner = sandbox(given)
      const reason = await runner.probe()
      if (reason === undefined) await work(given, runner)
      else t.skip(reason)
    })
  }

  it('a job with every kind of change leaves exactly its changes', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const left = await run(runner, jobOf({ key: 'everything', tree }, [everything], { layer }))
    assert.deepEqual(described(left, /^srv/), expected)
    assert.deepEqual(
      paths(left).filter((path) => !path.startsWith('srv')),
      accountPaths,
    )
  })

  it('the bytes of the layer are the same in every sandbox', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const found = digest(await run(runner, jobOf({ key: 'everything', tree }, [everything], { layer })))
    first ??= found
    assert.equal(found, first)
  })

  it('the layer is the same if a part of the tree below is unpacked by itself', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const parts = { key: 'more', tree, stable: { key: 'debian', tree: debian } }
    const found = digest(await run(runner, jobOf(parts, [everything], { layer })))
    first ??= found
    assert.equal(found, first)
    const other = overlay([
      debian,
      memoryTree({ etc: directory({ mode: 0o700 }), 'etc/hostname': file('other\n'), 'srv/removed': directory() }),
    ])
    const script = 'stat -c %a /etc > /said; cat /etc/hostname >> /said; rmdir /srv/removed; test -e /etc/passwd'
    const left = await run(runner, jobOf({ ...parts, key: 'other', tree: other }, [script]))
    assert.deepEqual(paths(left), ['said', 'srv/removed'])
    assert.equal(Buffer.from(left.read(path('said')) ?? []).toString(), '700\nother\n')
  })

  it('commands that change nothing leave nothing', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const script = 'chmod 640 /srv/log; chown 33:33 /srv/owned; touch /srv/kept/file; ls -lR /srv; true'
    assert.deepEqual(paths(await run(runner, jobOf({ key: 'everything', tree }, [script]))), [])
  })

  it('a new owner or attribute alone is a change, whatever it is of', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const script = `
      chown 5:6 /srv/again; chown 7:8 /srv/kept; chown -h 9:10 /srv/moved/b
      setcap cap_net_bind_service=+ep /bin/true; chown 33:33 /srv/owned`
    const left = await run(runner, jobOf({ key: 'everything', tree }, [script]))
    assert.deepEqual(described(left, /./), [
      'file srv/again 644 5:6 "again\\n"',
      'directory srv/kept 755 7:8',
      'symlink srv/moved/b 777 9:10 -> a',
      'file usr/bin/true 755 0:0 large security.capability',
    ])
  })

  it('new names of a file of the tree below are hard links to it', async ({ debian }, runner) => {
    const tree = overlay([debian, below])
    const script = 'ln /srv/again /srv/first; ln /srv/first /usr/second; echo more >> /srv/first; chown 5:6 /srv/again'
    const left = await run(runner, jobOf({ key: 'everything', tree }, [script]))
    assert.deepEqual(described(left, /./), [
      'file srv/again 644 5:6 "again\\nmore\\n"',
      'hardlink srv/first -> srv/again',
      'hardlink usr/second -> srv/again',
    ])
  })

  it('commands run in an empty root, with a temporary shell and awk', async (_given, runner) => {
    const script = `
      echo hello > /hello
      awk 'BEGIN { print "awk" > "/awk" }'
      printf '#!/bin/sh\\necho "I am $0"\\n' > /script && chmod 755 /script && /script > /said
      tar -czf /archive.tgz -C / hello && tar -tzf /archive.tgz > /listed && rm /archive.tgz
      mkdir -p /data /etc && touch /etc/passwd /etc/group && groupadd --gid 999 redis && chown 999:999 /data`
    const left = await run(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    assert.deepEqual(described(left, /^(awk|data|hello|listed|said|script)$/), [
      'file awk 644 0:0 "awk\\n"',
      'directory data 755 999:999',
      'file hello 644 0:0 "hello\\n"',
      'file listed 644 0:0 "hello\\n"',
      'file said 644 0:0 "I am /script\\n"',
      'file script 755 0:0 "#!/bin/sh\\necho \\"I am $0\\"\\n"',
    ])
    assert.deepEqual(
      paths(left).filter((path) => /^(bin|dev|proc|sys|tmp|nix)/.test(path)),
      [],
    )
  })

  it('a root with merged /usr but without a shell gets one, too', async (_given, runner) => {
    const roots = { linked: { bin: symlink('usr/bin') }, made: { bin: symlink('usr/bin'), 'usr/bin/true': file('') } }
    for (const [key, items] of Object.entries(roots)) {
      const left = await run(runner, jobOf({ key, tree: memoryTree(items) }, ['/bin/sh -c "echo hello > /said"']))
      assert.deepEqual(described(left, /./), ['file said 644 0:0 "hello\\n"'])
    }
  })

  it('scripts in the tools’ root see the tools as "/" and work in the image’s root', async (_given, runner) => {
    const text =
      'pwd > where; echo "$out" >> where; mkdir -p data/empty; chown 5:6 data; ls / > /tmp/list; test -x /usr/bin/awk'
    const script: Script = { place: 'extraCommands', within: 'tools', text }
    const left = await run(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    assert.deepEqual(described(left, /./), [
      'directory data 755 5:6',
      'directory data/empty 755 0:0',
      'file where 644 0:0 "/build\\n/build\\n"',
    ])
  })

  it('several scripts run in order, each on the result of the previous one', async (_given, runner) => {
    const scripts: readonly Script[] = [
      { place: 'extraCommands', within: 'tools', text: 'echo one > list' },
      { place: 'runAsRoot', within: 'image', text: 'echo two >> /list' },
    ]
    const left = await run(runner, jobOf({ key: 'empty', tree: emptyTree }, scripts))
    assert.deepEqual(described(left, /./), ['file list 644 0:0 "one\\ntwo\\n"'])
  })

  it('store objects are readable, and do not become part of the layer', async ({ place }, runner) => {
    const physical = mkdtempSync(join(place.folder, 'object-'))
    writeFileSync(join(physical, 'text'), 'of the store\n')
    const path = recipePath('thing', { maker: 'test', name: 'thing', arguments: {} })
    const text = `cat /nix/store/${path}/text > copied; ln -s /nix/store/${path}/text link`
    for (const within of ['image', 'tools'] as const) {
      const job = jobOf({ key: 'empty', tree: emptyTree }, [{ place: 'x', within, text }], {
        objects: [{ path, physical }],
      })
      assert.deepEqual(described(await run(runner, job), /./), [
        'file copied 644 0:0 "of the store\\n"',
        `symlink link 777 0:0 -> /nix/store/${path}/text`,
      ])
    }
  })

  it('the environment is fixed', async (_given, runner) => {
    process.env.SLIPWAY_SECRET = 'secret'
    try {
      const left = await run(
        runner,
        jobOf({ key: 'empty', tree: emptyTree }, ['env | grep -v slipway | sort > /env; umask > /umask']),
      )
      const [env] = described(left, /^env$/)
      for (const line of ['HOME=/homeless-shelter', 'LC_ALL=C', 'SOURCE_DATE_EPOCH=315532800', 'TZ=UTC0', 'out=/'])
        assert.ok(env?.includes(`${line}\\n`), `${line} in ${env}`)
      assert.doesNotMatch(env ?? '', /secret/i)
      assert.deepEqual(described(left, /^umask$/), ['file umask 644 0:0 "0022\\n"'])
    } finally {
      delete process.env.SLIPWAY_SECRET
    }
  })

  it('the first failing line is reported, with the last output and the path of the log', async (_given, runner) => {
    const script = 'echo first\ntrue\nif false; then :; fi\nls /nowhere\necho never'
    const error = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    assert.equal(error.code, 'command.failed')
    assert.match(error.message, /runAsRoot of test failed, line 4 \(ls \/nowhere\): exit status 2/)
    assert.match(error.message, /cannot access '\/nowhere'/)
    assert.deepEqual([error.detail.line, error.detail.status], [4, 2])
    assert.match(String(error.detail.file), /\.log$/)
  })

  it('an explicit exit and a syntax error are reported too', async (_given, runner) => {
    const exited = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, ['true\nexit 9']))
    assert.match(exited.message, /\(exit 9\): exit status 9/)
    const broken = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, ['true\nif then\n']))
    assert.deepEqual(broken.detail.line, 2)
  })

  it('in a file that a script reads, the line is that of the script', async (_given, runner) => {
    const script = 'printf "true\\n\\n\\nfalse\\n" > /read\n. /read'
    assert.equal((await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))).detail.line, 2)
  })

  it('a script that is killed is reported by its signal, without the session’s own words', async (_given, runner) => {
    const killed = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, ['true\nkill -9 $$']))
    assert.match(killed.message, /exit status 137, killed \(SIGKILL\)/)
    assert.doesNotMatch(killed.message, /env -i/)
    const ended = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, ['true\nkill -TERM $$']))
    assert.match(ended.message, /line 2 \(kill -TERM \$\$\): exit status 143, as by SIGTERM/)
  })

  it('scripts may open /dev/stdout and /dev/stderr', async (_given, runner) => {
    const script = 'echo one > /dev/stdout; echo two | tee /dev/stderr > /copied; cat <(echo three) >> /copied; false'
    const error = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    assert.match(error.message, /\n {2}one\n {2}two\n/)
    const left = await run(runner, jobOf({ key: 'empty', tree: emptyTree }, [script.replace('false', 'true')]))
    assert.deepEqual(described(left, /./), ['file copied 644 0:0 "two\\nthree\\n"'])
  })

  it('scripts cannot write into the archives that the sandbox writes', async (_given, runner) => {
    const script = 'for each in 4 5 6 7 8 9; do (echo x >&$each) 2>/dev/null || true; done; echo y > /y'
    const left = await run(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    assert.deepEqual(described(left, /./), ['file y 644 0:0 "y\\n"'])
  })

  it('a path that is too long to open is an error, and nothing is left', async ({ place }, runner) => {
    const script = 'for each in {1..600}; do mkdir twenty-bytes-of-name; cd twenty-bytes-of-name; done'
    const error = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
    // fakechroot(1) fails at once.
    assert.match(error.code, /^(path\.too-long|command\.failed)$/)
    assert.deepEqual(readdirSync(join(place.folder, 'work')), [])
  })

  it('references to the tools are refused, with their file', async (_given, runner) => {
    for (const script of ['command -v bash > /shell', 'ln -s "$(command -v sed)" /sed']) {
      const error = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, [script]))
      assert.equal(error.code, 'command.names-tools')
      assert.match(String(error.detail.path), /^(shell|sed)$/)
    }
  })

  it('a name that would remove files of the image is refused', async (_given, runner) => {
    const error = await failing(runner, jobOf({ key: 'empty', tree: emptyTree }, ['touch /.wh.etc']))
    assert.equal(error.code, 'tar.unrepresentable')
  })

  it('opaque directories of the layer hide lower contents', async (_given, runner) => {
    const opaque = memoryTree({ 'd/new': file('new\n') })
    const hiding = treeOf(
      [...opaque.entries()].flatMap((entry): Entry[] =>
        entry.path === 'd' ? [entry, { kind: 'opaque', path: entry.path }] : [entry],
      ),
    )
    const tree = memoryTree({ 'd/old': file('old\n'), 'd/sub/old': file('old\n') })
    const left = await run(runner, jobOf({ key: 'opaque', tree }, ['ls /d > /seen'], { layer: hiding }))
    assert.deepEqual(described(left, /./), [
      'file d/new 644 0:0 "new\\n"',
      'whiteout d/old',
      'whiteout d/sub',
      'file seen 644 0:0 "new\\n"',
    ])
  })

  it('a file of the tree below that has become shorter is an error that names it', async ({ place }, runner) => {
    const short = join(mkdtempSync(join(place.folder, 'short-')), 'layer.tar')
    writeFileSync(short, 'short')
    const [entry] = memoryTree({ data: file('') }).entries()
    const tree = treeOf([{ ...entry, content: fileRange(short, 0, 600_000) } as Entry])
    const error = await failing(runner, jobOf({ key: 'short', tree }, ['true']))
    assert.equal(error.code, 'content.changed')
    assert.match(error.message, /layer\.tar has become shorter/)
  })

  it('devices are exact, or refused before anything runs', async (_given, runner) => {
    const job = jobOf({ key: 'empty', tree: emptyTree }, ['mknod /null c 1 3; mknod -m 640 /disk b 7 200'])
    if (devices) {
      const left = await run(runner, job)
      assert.deepEqual(described(left, /./), ['device disk 640 0:0 block 7,200', 'device null 644 0:0 char 1,3'])
    } else assert.equal((await failing(runner, job)).code, 'command.failed')
  })

  it('there are no leftovers', async ({ place, debian }, runner) => {
    await run(runner, jobOf({ key: 'empty', tree: emptyTree }, ['(sleep 1000 &) ; echo done > /done']))
    const leaving = `perl -e 'use POSIX; fork and exit; POSIX::setsid(); sleep 1000'`
    await run(runner, jobOf({ key: 'debian', tree: debian }, [leaving]))
    assert.deepEqual(readdirSync(join(place.folder, 'work')), [])
  })
}

const expected: readonly string[] = [
  'file srv/again 644 0:0 "other\\n"',
  'hardlink srv/again-linked -> srv/again',
  'file srv/capable 755 0:0 large security.capability',
  'file srv/copied 644 0:0 "own\\n"',
  'symlink srv/dangling 777 5:6 -> nowhere',
  'file srv/dated 644 0:0 ""',
  'directory srv/elsewhere 755 0:0',
  'file srv/elsewhere/a 644 33:33 "a\\n"',
  'symlink srv/elsewhere/b 777 0:0 -> a',
  'whiteout srv/kept/file',
  'file srv/kept/own 644 0:0 "own\\n"',
  'file srv/linked/one 644 0:0 "one object\\nmore\\n"',
  'file srv/log 640 777:777 "before\\n"',
  'file srv/l\u{fffd}tin 644 0:0 "y"',
  'whiteout srv/moved',
  'file srv/n\u{e4}me 644 0:0 "x"',
  'directory srv/own 755 0:0',
  'symlink srv/own/link 777 0:0 -> /etc/hostname',
  'file srv/owned/more 644 33:33 "more\\n"',
  'fifo srv/pipe 600 0:0',
  'whiteout srv/removed',
  'whiteout srv/replaced/deeper',
  'file srv/replaced/new 644 0:0 "new\\n"',
  'whiteout srv/replaced/old',
  'file srv/set-uid 4755 0:0 large',
  'directory srv/shared 2775 0:777',
]
const accountPaths: readonly string[] = [
  ...['etc/.pwd.lock', 'etc/group', 'etc/group-', 'etc/gshadow', 'etc/gshadow-', 'etc/passwd', 'etc/passwd-'],
  ...['etc/shadow', 'etc/shadow-', 'home/jane', 'home/jane/.bash_logout', 'home/jane/.bashrc', 'home/jane/.profile'],
]

/** The digest of the first sandbox's layer. */
let first: string | undefined

async function run(runner: Sandbox, job: Job): Promise<Tree> {
  await using outcome = await runner.run(job, unwatched)
  // Contents exist only as long as the outcome.
  return heldInMemory(outcome.layer)
}

function heldInMemory(tree: Tree): Tree {
  const entries = [...tree.entries()].map((entry): Entry => {
    if (entry.kind !== 'file') return entry
    const bytes = gather(entry.content.open())
    return { ...entry, content: { size: bytes.length, open: () => [bytes] } }
  })
  return treeOf(entries)
}

async function failing(runner: Sandbox, job: Job): Promise<BuildError> {
  try {
    await run(runner, job)
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
  throw new Error('should have failed')
}

function digest(tree: Tree): string {
  return createHash('sha256')
    .update(gather(writeTar(tree.entries(), { names: 'relative', end: 'record' })))
    .digest('hex')
}

function paths(tree: Tree): readonly string[] {
  return [...tree.entries()].map((entry) => show(entry.path))
}

function described(tree: Tree, which: RegExp): readonly string[] {
  return [...tree.entries()].filter((entry) => which.test(entry.path)).map(describe)
}

function describe(entry: Entry): string {
  const start = `${entry.kind} ${show(entry.path)}`
  if (entry.kind === 'hardlink') return `${start} -> ${show(entry.target)}`
  if (entry.kind === 'whiteout' || entry.kind === 'opaque') return start
  const { mode, uid, gid, xattrs } = entry.metadata
  const rest = [start, mode.toString(8), `${uid}:${gid}`]
  if (entry.kind === 'symlink') rest.push('->', entry.target)
  if (entry.kind === 'device') rest.push(entry.device, `${entry.major},${entry.minor}`)
  if (entry.kind === 'file') {
    const large = entry.content.size > 2000
    rest.push(large ? 'large' : JSON.stringify(Buffer.from(gather(entry.content.open())).toString('utf8')))
  }
  return [...rest, ...xattrs.keys()].join(' ')
}
