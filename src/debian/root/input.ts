/** Input of debian-root: the packages of a closure, read from their `.deb`s. */
import { gather } from '../../base/bytes.ts'
import { type EntryPath, parent } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'

/** A package: its control archive (file → bytes), and its normalised files. */
export interface RootPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly control: ReadonlyMap<string, Uint8Array>
  readonly tree: Tree
}

/** An effect of a package's scripts that slipway could not determine. */
export interface PackageNote {
  readonly package: string
  /** The command, as in the script. */
  readonly command: string
  readonly reason: string
}

/** Reads a file of the control archive; "" if it does not exist. */
export function controlText(from: Pick<RootPackage, 'control'>, name: string): string {
  return Buffer.from(from.control.get(name) ?? []).toString('utf8')
}

/** Contents of the `*.conf` files of a directory, in name order. */
export function configurationIn(tree: Tree, directory: EntryPath): readonly string[] {
  return [...tree.below(directory)].flatMap((entry) =>
    entry.kind === 'file' && parent(entry.path) === directory && entry.path.endsWith('.conf')
      ? [Buffer.from(gather(entry.content.open())).toString('utf8')]
      : [],
  )
}
