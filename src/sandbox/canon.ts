/**
 * The layer that scripts left, the same whatever sandbox they ran in.
 *
 * Times are set, what equals the tree below is left out, opaque directories are whiteouts of what they hide, and base files with several
 * names count as files of their own (a change to one name does not reach the others, as in any layered file system). Left out besides:
 * what the sandbox itself made, and logs that hold the time of day.
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

/** What the scripts left: the whole root, or what an overlay file system wrote above the tree below. */
export type Left = { readonly root: Tree } | { readonly upper: Tree }

/** The shell that bare roots are lent at /bin/sh. */
export const lentShell: string = `${toolsPath}/bin/sh`

/** Made by the sandbox where the root lacks them; inner ones first, since an outer one goes when it is empty. */
const lent: readonly EntryPath[] = [
  ...['bin/sh', 'usr/bin/sh', 'bin', 'usr/bin', 'usr', 'nix/store', 'nix', 'dev', 'proc', 'sys', 'tmp'],
].map(path)

/** Logs and caches of package managers that hold the time of day. */
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

/** The layer that leads from the tree below to what scripts left. @throws BuildError command.names-tools */
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

/** Without what the sandbox made, where scripts left it empty or as it was. */
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

/** The tools are gone when the image runs, so nothing may name them. */
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
      remedy: 'Name programs of the image instead, such as /bin/sh, and add their package to the image.',
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
