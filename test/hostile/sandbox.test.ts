/**
 * Malicious commands: what they try against this machine and its user, with every kind of namespaces available here, as root and as an
 * ordinary user.
 */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { gather } from '../../src/base/bytes.ts'
import { BuildError } from '../../src/base/error.ts'
import { unwatched } from '../../src/base/event.ts'
import type { Found } from '../../src/sandbox/found.ts'
import { namespaceSandbox } from '../../src/sandbox/namespace.ts'
import { tryWay, waysHere } from '../../src/sandbox/probe.ts'
import type { Job } from '../../src/sandbox/sandbox.ts'
import { path, show } from '../../src/tree/path.ts'
import { missing } from '../support/command.ts'
import { noDebs } from '../support/debs.ts'
import { alsoAsOrdinaryUser } from '../support/ordinary-user.ts'
import { jobOf, type SandboxTest, sandboxFolder, sandboxTest } from '../support/sandbox.ts'

const skip =
  noDebs || missing('bwrap', 'unshare') || (process.arch === 'x64' ? false : 'the calls are numbered for x64')
const folder = sandboxFolder()
let made: Promise<SandboxTest> | undefined
const ready = (): Promise<SandboxTest> => (made ??= sandboxTest(folder))

alsoAsOrdinaryUser(import.meta.filename)

for (const way of waysHere()) {
  const name = `${way.ids}, ${way.space}`
  const it = (what: string, work: (run: Run) => Promise<void>): void => {
    test(`${name}: ${what}`, { skip }, async (t) => {
      const given = await ready()
      const reason = await tryWay(given.place.folder, way)
      if (reason === undefined) await work(runner(given, way))
      else t.skip(reason)
    })
  }

  it('the files of this machine cannot be read or written', async (run) => {
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'secret')
    chmodSync(secret, 0o666)
    const tried = [secret, `/proc/1/root${secret}`, `/proc/self/root/../..${secret}`, `/proc/1/cwd${secret}`]
    const left = await run(`
      for each in ${tried.join(' ')} /proc/*/root${secret}; do cat "$each" >> /read 2>/dev/null || true; done
      mkdir -p "$(dirname ${secret})" && echo written > ${secret}
      ln -s /../../../..${folder} /up && (echo written > /up/other) 2>/dev/null || true
      cat /proc/1/cmdline /proc/1/environ 2>/dev/null | sed 's,/dev/slipway,,g' > /told || true`)
    assert.equal(textAt(left, 'read'), '')
    assert.equal(readFileSync(secret, 'utf8'), 'secret')
    assert.equal(existsSync(join(folder, 'other')), false)
    assert.doesNotMatch(textAt(left, 'told'), /SLIPWAY|HOME=\/root/)
  })

  it('links in the output are only links', async (run) => {
    const left = await run(
      'ln -s ../../../../../etc/shadow /link; mkdir /d && ln -s / /d/root; ln -s /proc/1/root /proc-root',
    )
    assert.deepEqual(
      [...left.entries()].map((entry) => `${entry.kind} ${show(entry.path)}`).filter((line) => /link|root/.test(line)),
      ['symlink d/root', 'symlink link', 'symlink proc-root'],
    )
  })

  it('there is no network: neither this machine nor its sockets are reachable', async (run) => {
    const seen: string[] = []
    const servers = ['tcp', 'abstract'].map((name) =>
      createServer((socket) => {
        seen.push(name)
        socket.destroy()
      }),
    )
    const [tcp, abstract] = servers
    await new Promise<void>((resolve) => void tcp?.listen(0, '127.0.0.1', resolve))
    const socketName = `slipway-test-${process.pid}-${way.ids}-${way.space}`
    await new Promise<void>((resolve) => void abstract?.listen(`\0${socketName}`, resolve))
    const address = tcp?.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const left = await run(`
        (echo hello > /dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo reached >> /reached || true
        perl -e 'socket(S, 1, 1, 0); exit(connect(S, pack("S", 1) . "\\0${socketName}") ? 0 : 1)' && echo reached >> /reached || true
        tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " > /devices`)
      assert.equal(textAt(left, 'reached'), '')
      assert.deepEqual(seen, [])
      assert.equal(textAt(left, 'devices'), 'lo\n')
    } finally {
      for (const server of servers) server.close()
    }
  })

  it('other processes are neither visible nor traceable', async (run) => {
    const left = await run(`
      ls /proc | grep -c '^[0-9]' > /count
      kill -0 ${process.pid} 2>/dev/null && echo killed > /killed || true
      perl -e 'exit(syscall(101, 16, ${process.pid}, 0, 0) == 0 ? 0 : 1)' && echo traced > /traced || true`)
    assert.ok(Number(textAt(left, 'count')) < 12)
    assert.equal(textAt(left, 'killed') + textAt(left, 'traced'), '')
  })

  it('nothing can be mounted, no namespace created, no keyring read, no keystroke injected', async (run) => {
    const calls = {
      mount: '165, "none", "/srv", "tmpfs", 0, 0',
      umount: '166, "/proc", 2',
      unshareUser: '272, 0x10000000',
      unshareMount: '272, 0x20000',
      cloneUser: '56, 0x10000000 | 17, 0, 0, 0, 0',
      setns: '308, 0, 0',
      pivotRoot: '155, "/", "/"',
      addKey: '248, "user", "slipway", "x", 1, -3',
      keyctl: '250, 0, -3, 0, 0, 0',
      bpf: '321, 0, 0, 0',
      openTree: '428, -100, "/", 1',
      moduleLoad: '175, 0, 0, 0',
    }
    const lines = Object.entries(calls).map(
      ([call, words]) =>
        `perl -e 'my $r = syscall(${words}); exit($r >= 0 ? 0 : 1)' && echo ${call} >> /worked || true`,
    )
    const typed = `perl -e 'my $c = "x"; exit(ioctl(STDIN, 0x5412, $c) ? 0 : 1)' && echo typed >> /worked || true`
    assert.equal(textAt(await run([...lines, typed].join('\n')), 'worked'), '')
  })

  it('created devices cannot be opened', async (run) => {
    const left = await run(`
      mkdir /made; mknod /made/memory c 1 1 || exit 0; mknod /made/disk b 8 0; mknod /made/null c 1 3
      for each in memory disk null; do head -c 1 /made/$each > /dev/null 2>&1 && [ -c /made/$each -o -b /made/$each ] && echo $each >> /opened || true; done
      rm -r /made`)
    // With one id, fakeroot creates plain files that only seem to be devices.
    if (way.ids !== 'single') assert.equal(textAt(left, 'opened'), '')
  })

  it('set-uid programs gain nothing', async (run) => {
    if (way.ids === 'single') return
    const left = await run(`
      cp /usr/bin/id /suid && chmod 4755 /suid
      perl -e '$( = $) = "1000 1000"; $> = $< = 1000; exec "/suid", "-u"' > /seen; rm /suid`)
    assert.equal(textAt(left, 'seen'), '1000\n')
  })

  it('a process that outlives its script is killed', async (run) => {
    const mark = `${process.pid}${Math.floor(readdirSync('/proc').length)}7`
    await run(`(setsid sleep 10${mark} &) ; (perl -e 'fork and exit; sleep 1e6' &); echo done > /done`)
    const still = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`10${mark}`))
    assert.deepEqual(still, [])
  })

  it('a fork bomb ends at the process limit, and a memory hog at the memory limit', async (run) => {
    // Without control groups nothing limits root's processes.
    if (way.ids === 'root' && !existsSync('/sys/fs/cgroup/pids') && !existsSync('/sys/fs/cgroup/cgroup.controllers'))
      return
    const left = await run(`
      perl -e 'my @p; while (@p < 5000) { my $p = fork; last unless defined $p; if (!$p) { sleep 100; exit } push @p, $p } print scalar(@p), "\\n"; kill 9, @p' > /forked`)
    assert.ok(Number(textAt(left, 'forked')) < 2048, textAt(left, 'forked'))
    if (way.ids !== 'root') return
    const limits = { disk: 8 * 2 ** 20, memory: 32 * 2 ** 20 }
    const error = await failing(run, `perl -e 'my $x = "x" x (200 * 2 ** 20); print length $x'`, { limits })
    assert.equal(error.detail.status, 137)
  })

  it('the disk cannot be filled, in the root or beside it', async (run) => {
    for (const place of way.space === 'memory'
      ? ['/file', '/dev/shm/file', '/dev/file']
      : ['/dev/shm/file', '/dev/file']) {
      const error = await failing(run, `head -c 40M /dev/zero > ${place}`, {
        limits: { disk: 8 * 2 ** 20, memory: undefined },
      })
      assert.match(error.message, /No space left|Read-only/)
    }
  })
}

type Run = (script: string, change?: Partial<Job>) => Promise<Job['layer']>

function runner({ place, debian }: SandboxTest, way: Found): Run {
  return async (script, change = {}) => {
    await using outcome = await namespaceSandbox(place, way).run(
      jobOf({ key: 'debian', tree: debian }, [script], change),
      unwatched,
    )
    return held(outcome.layer)
  }
}

function held(tree: Job['layer']): Job['layer'] {
  const texts = new Map(
    [...tree.entries()].flatMap((entry) => (entry.kind === 'file' ? [[entry.path, gather(entry.content.open())]] : [])),
  )
  return { ...tree, read: (at) => texts.get(at), entries: () => [...tree.entries()] }
}

function textAt(tree: Job['layer'], name: string): string {
  return Buffer.from(tree.read(path(name)) ?? []).toString('utf8')
}

async function failing(run: Run, script: string, change: Partial<Job>): Promise<BuildError> {
  try {
    await run(script, change)
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
  throw new Error('should have failed')
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
