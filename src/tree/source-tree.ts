/**
 * A file or directory of this machine that becomes a store object: `diskTree`, but anything that a store object cannot represent is an
 * error instead of lost.
 *
 * Store objects consist of files, directories and symbolic links, and their only metadata is whether a file is executable (Nix manual,
 * "File System Object"). Owners and times of the machine are ignored.
 */
import { closeSync } from 'node:fs'
import { resolve } from 'node:path'
import { fail } from '../base/error.ts'
import { type DiskOptions, diskTree } from './disk.ts'
import { openForReading } from './disk-file.ts'
import type { Entry } from './entry.ts'
import { root } from './path.ts'
import { placeOf, showPlace } from './place.ts'
import { type Tree, treeFrom } from './tree.ts'
import { hasXattr } from './xattrs.ts'

/** @throws BuildError disk.unreadable, disk.unsupported-entry, content.changed - when it is iterated or content is opened */
export function sourceTree(file: string, options: Pick<DiskOptions, 'ignore'> = {}): Tree {
  return lossless(file, diskTree(resolve(file), options))
}

/** Tree of the disk below `file`; refused if a store object would lose part of it. @throws BuildError disk.unsupported-entry */
export function lossless(file: string, disk: Tree): Tree {
  const top = resolve(file)
  return treeFrom({
    *below(from) {
      for (const entry of disk.below(from)) {
        const loss = lossOf(entry, placeOf(top, entry.path))
        if (loss !== undefined) refuse(placeOf(top, entry.path), loss)
        yield entry
      }
    },
    get: disk.get,
  })
}

interface Loss {
  readonly what: string
  readonly remedy: string
}

function lossOf(entry: Entry, place: string | Buffer): Loss | undefined {
  const instead = entry.path === root ? 'Pass a file or a directory.' : 'Leave it out with an ignore pattern.'
  if (entry.kind === 'fifo') return { what: 'is a named pipe', remedy: instead }
  if (entry.kind === 'device') return { what: 'is a device', remedy: instead }
  if (entry.kind !== 'file') return undefined
  const { mode } = entry.metadata
  if ((mode & 0o6000) !== 0) {
    const bit = (mode & 0o4000) === 0 ? 'set-group-ID' : 'set-user-ID'
    const remedy = `Remove the bit (chmod ug-s), and set it in the image: root.chmod(…, 0o${mode.toString(8)}) in fakeRootCommands.`
    return { what: `has the ${bit} bit`, remedy }
  }
  if ((mode & 0o111) === 0 || !hasCapabilities(place)) return undefined
  return { what: 'has file capabilities', remedy: 'Remove them (setcap -r), or grant the container the capability.' }
}

/** Only executable files have a use for capabilities, so others are not opened for the check. */
function hasCapabilities(place: string | Buffer): boolean {
  const descriptor = openForReading(place)
  try {
    return hasXattr(descriptor, 'security.capability')
  } finally {
    closeSync(descriptor)
  }
}

function refuse(place: string | Buffer, { what, remedy }: Loss): never {
  return fail('disk.unsupported-entry', `${showPlace(place)} ${what}, which a store object cannot represent.`, {
    remedy,
    detail: { file: place.toString() },
  })
}
