/**
 * Computes the layer that scripts left, the same whatever sandbox they ran in.
 *
 * Sets times, drops entries equal to the tree below, turns opaque directories into whiteouts of what they hide, and treats base files with
 * several names as separate files (a change to one name does not affect the others, as in any layered file system). Also drops what the
 * sandbox itself created, and logs that contain the time of day.
 */
import { fail } from '../base/error.ts'
import { diff } from '../tree/diff.ts'
import { type Entry, type Metadata, plain } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { overlay } from '../tree/overlay.ts'
import { type EntryPath, path, root, show } from '../tree/path.ts'
import { adjusted, filtered, standIn, withoutHardlinks } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import { type Job, toolsPath } from './sandbox.ts'

/** The scripts' output: the whole root, or what an overlay file system wrote above the tree below. */
export type Left = { readonly root: Tree } | { readonly upper: Tree }

/** The temporary shell at /bin/sh in roots without one. */
export const lentShell: string = `${toolsPath}/bin/sh`

/** Created by the sandbox if the root lacks them; inner ones first, since an outer one is removed if it is empty. */
const lent: readonly EntryPath[] = [
  ...['bin/sh', 'usr/bin/sh', 'bin', 'usr/bin', 'usr', 'nix/store', 'nix', 'dev', 'proc', 'sys', 'tmp'],
].map(path)

/** Logs and caches of package managers that contain the time of day. */
const dated: ReadonlySet<EntryPath> = new Set(
  [
    'var/log/dpkg.log',
    'var/log/alternatives.log',
    'var/log/bootstrap.log',
    'var/log/apt',
    'var/log/lastlog',
    'var/log/faillog',
    'var/cache/ldconfig/aux-cache',
  ].map(path),
)

/** The tree below as sandboxes lay it out. */
export function plainBelow({ below }: Job): Tree {
  return withoutHardlinks(below.tree)
}

/** Computes the layer from the tree below to the scripts' output. @throws BuildError command.names-tools */
export function layerLeft(left: Left, job: Job): Tree {
  const below = plainBelow(job)
  const after = 'root' in left ? left.root : overlay([below, left.upper])
  const objects = new Set(job.objects.map((object) => path(`nix/store/${object.path}`)))
  const kept = withoutLent(
    filtered(after, ({ path: at }) => !objects.has(at)),
    job,
  )
  const changed = filtered(diff(below, kept), ({ path: at }) => !dated.has(at))
  const changes = [...adjusted(changed, (entry) => canonical(entry.metadata)).entries()]
  for (const entry of changes) refuseTools(entry, job)
  return treeOf(changes.filter((entry) => entry.path !== root || !sameEntry(entry, standIn(root))))
}

function canonical({ mode, uid, gid, xattrs }: Metadata): Metadata {
  return plain(mode, { uid, gid, uname: uid === 0 ? 'root' : '', gname: gid === 0 ? 'root' : '', xattrs })
}

/** Removes what the sandbox created, if scripts left it empty or unchanged. */
function withoutLent(after: Tree, job: Job): Tree {
  const before = new Set<EntryPath>()
  for (const tree of [job.below.tree, job.layer]) for (const entry of tree.entries()) before.add(entry.path)
  const entries = new Map<EntryPath, Entry>()
  const children = new Map<string, number>()
  for (const entry of after.entries()) {
    entries.set(entry.path, entry)
    const above = parentOf(entry.path)
    children.set(above, (children.get(above) ?? 0) + 1)
  }
  const gone = new Set<EntryPath>()
  for (const at of lent) {
    const entry = before.has(at) ? undefined : entries.get(at)
    const isOurs = entry?.kind === 'symlink' ? entry.target === lentShell : entry?.kind === 'directory'
    if (!isOurs || (children.get(at) ?? 0) > 0) continue
    gone.add(at)
    children.set(parentOf(at), (children.get(parentOf(at)) ?? 0) - 1)
  }
  return gone.size === 0 ? after : filtered(after, (entry) => !gone.has(entry.path))
}

function parentOf(at: EntryPath): string {
  return at.slice(0, Math.max(0, at.lastIndexOf('/')))
}

/** Refuses references to the tools, which do not exist when the image runs. */
function refuseTools(entry: Entry, job: Job): void {
  const names =
    entry.kind === 'file'
      ? holdsTools(entry.content.open())
      : entry.kind === 'symlink' && entry.target.includes(toolsPath)
  if (!names) return
  const { path: at } = entry
  const places = [...new Set(job.scripts.map((script) => script.place))].join(' or ')
  fail(
    'command.names-tools',
    `${places} left /${show(at)}, which names ${toolsPath}: that exists only while commands run.`,
    {
      remedy: 'Use programs of the image instead, such as /bin/sh, and add their package to the image.',
      detail: { path: show(at) },
    },
  )
}

const needle = Buffer.from(`${toolsPath}/`, 'latin1')

function holdsTools(content: Iterable<Uint8Array>): boolean {
  let end = Buffer.alloc(0)
  for (const chunk of content) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    if (bytes.includes(needle)) return true
    const seam = Buffer.concat([end, bytes.subarray(0, needle.length - 1)])
    if (seam.includes(needle)) return true
    end = Buffer.concat([end, bytes]).subarray(1 - needle.length)
  }
  return false
}
