/** What debian-root is made from: the packages of a closure as read from their `.deb`s. */
import { gather } from '../../base/bytes.ts'
import { type EntryPath, parent } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'

/** One package: what its archive says of itself (file of the control archive → bytes), and its normalised files. */
export interface RootPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly control: ReadonlyMap<string, Uint8Array>
  readonly tree: Tree
}

/** Something that a package's scripts do and slipway could not work out. */
export interface PackageNote {
  readonly package: string
  /** The command, as the script has it. */
  readonly command: string
  readonly reason: string
}

/** Text of one file of the control archive; "" when it is not there. */
export function controlText(from: Pick<RootPackage, 'control'>, name: string): string {
  return Buffer.from(from.control.get(name) ?? []).toString('utf8')
}

/** The texts of the `*.conf` files of a directory, in name order. */
export function configurationIn(tree: Tree, directory: EntryPath): readonly string[] {
  return [...tree.below(directory)].flatMap((entry) =>
    entry.kind === 'file' && parent(entry.path) === directory && entry.path.endsWith('.conf')
      ? [Buffer.from(gather(entry.content.open())).toString('utf8')]
      : [],
  )
}
