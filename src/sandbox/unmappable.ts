/** Refuses entries that a user's namespaces cannot represent, before anything runs. */
import { fail } from '../base/error.ts'
import { type Entry, hasMetadata, type NodeEntry } from '../tree/entry.ts'
import { show } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { type Ids, mostId } from './outer.ts'
import type { Job } from './sandbox.ts'

/** With one id, fakeroot emulates them all. @throws BuildError sandbox.unsupported */
export function refuseUnmappable(job: Job, layer: Tree, ids: Ids): void {
  if (ids !== 'ranges') return
  const most = mostId(ids)
  for (const entry of layer.entries()) {
    if (entry.kind === 'device') refuseDevice(entry, job)
    if (hasMetadata(entry)) refuseOwner(entry, most, job)
  }
  for (const entry of job.below.tree.entries()) if (hasMetadata(entry)) refuseOwner(entry, most, job)
}

function refuseDevice(entry: Entry, job: Job): never {
  return fail('sandbox.unsupported', `${job.name} has the device /${show(entry.path)}, which only root can create.`, {
    remedy: 'Build as root, or remove the device.',
    detail: { path: show(entry.path) },
  })
}

function refuseOwner(entry: NodeEntry, most: number, job: Job): void {
  const { uid, gid } = entry.metadata
  if (uid <= most && gid <= most) return
  const place = `/${show(entry.path)} of ${job.name}`
  fail('sandbox.unsupported', `${place} belongs to ${uid}:${gid}, but this user may only use ids up to ${most}.`, {
    remedy: 'Grant the user a larger range in /etc/subuid and /etc/subgid, or build as root.',
    detail: { path: show(entry.path), uid, gid },
  })
}
