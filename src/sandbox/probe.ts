/** Tests whether namespaces work here, by creating them: an overlay that keeps every kind of change, and a root with its own processes. */
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../store/whole-file.ts'
import { mount } from './driver.ts'
import type { Found } from './found.ts'
import { type Ids, quote, runInside } from './outer.ts'
import { scratchIn } from './scratch.ts'

/** Every method available to this process, the most faithful first. */
export function waysHere(): readonly Found[] {
  const own = process.getuid?.() === 0 ? (['root', 'single'] as const) : (['ranges', 'single'] as const)
  return own.flatMap((ids): Found[] =>
    ids === 'single'
      ? [{ ids, space: 'disk' }]
      : [
          { ids, space: 'memory' },
          { ids, space: 'disk' },
        ],
  )
}

/**
 * Finds the first method that works, or the reasons why none does. A success is remembered for each user, as long as the machine runs and
 * this process has the same rights; a session that does not even start forgets it (`forgetWay`).
 */
export async function probeNamespace(folder: string): Promise<Found | string> {
  const known = rememberedWay(folder)
  if (known !== undefined) return known
  const answer = await tryAll(folder)
  if (typeof answer !== 'string')
    replaceFile(wayFile(folder), Buffer.from(`${surroundings()} ${answer.ids} ${answer.space}\n`))
  return answer
}

/** Makes the next build test again. */
export function forgetWay(folder: string): void {
  rmSync(wayFile(folder), { force: true })
}

function rememberedWay(folder: string): Found | undefined {
  const file = wayFile(folder)
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return waysHere().find(({ ids, space }) => text === `${surroundings()} ${ids} ${space}`)
}

function wayFile(folder: string): string {
  return join(folder, `way-${process.getuid?.() ?? 0}`)
}

/** What determines whether namespaces can be created: the boot, and this process's user namespace, capabilities and system call filter. */
function surroundings(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const rights = readFileSync('/proc/self/status', 'utf8').match(/^(CapEff|CapBnd|NoNewPrivs|Seccomp):.*$/gm) ?? []
  return [boot, readlinkSync('/proc/self/ns/user'), ...rights.map((line) => line.replace(/\s+/g, ''))].join(' ')
}

async function tryAll(folder: string): Promise<Found | string> {
  const reasons: string[] = []
  for (const way of waysHere()) {
    const reason = await tryWay(folder, way)
    if (reason === undefined) return way
    if (way.space === 'memory' || way.ids === 'single') reasons.push(`${described[way.ids]}: ${reason}`)
  }
  return reasons.join('; ')
}

const described: Readonly<Record<Ids, string>> = {
  root: 'as root',
  ranges: 'with subordinate ids',
  single: 'with one id',
  none: 'without namespaces',
}

/** Why a method does not work; undefined if it does. */
export async function tryWay(folder: string, { ids, space }: Found): Promise<string | undefined> {
  await using scratch = scratchIn(folder, ids)
  const own = scratch.folder
  try {
    const { status, said } = await runInside({
      ids,
      script: script(own, { ids, space }),
      folder: own,
      signal: AbortSignal.timeout(20_000),
    })
    return status === 0 ? undefined : (said.trim().split('\n').at(-1) ?? '') || `it ended with status ${status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function script(own: string, { ids, space }: Found): string {
  const mounted = mount({ ids })
  return [
    'for program in bwrap prlimit; do command -v $program >/dev/null || { echo "$program is not installed" >&2; exit 1; }; done',
    'mkdir space root low low/made && echo here >low/made/file',
    ...(space === 'memory' ? ['mount -t tmpfs -o mode=755 tmpfs space'] : []),
    'mkdir space/up space/work',
    mounted,
    'rm -r root/made && mkdir root/made',
    ...(ids === 'single' ? [] : ['echo >root/owned && chown 1:1 root/owned']),
    'umount root',
    mounted,
    '[ ! -e root/made/file ] || { echo "the overlay file system forgets that a directory was replaced" >&2; exit 1; }',
    `bwrap --ro-bind / / --proc /proc --dev /dev --perms 1777 --size 4096 --tmpfs /dev/shm --bind ${quote(own)}/root /mnt --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent --new-session --cap-drop ALL -- true`,
  ].join('\n')
}
