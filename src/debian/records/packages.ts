/**
 * Debian packages of an image, layer by layer, with the sizes of their own files.
 *
 * Read from their records: either those for scanners, in the package's own layer (`status.d`: a package's files are those in its md5sums;
 * the only package of a layer has all of them), or dpkg's own in any layer (`status` and `info/*.list`).
 */
import type { LayerContents } from '../../report/layer-contents.ts'
import type { RecordedPackage, RecordReader } from '../../report/records.ts'
import { type RecordedFields, recordedRequirements } from './requirements.ts'

const folder = 'var/lib/dpkg/'

/** Reads the records of Debian packages. */
export const debianRecords: RecordReader = {
  kind: 'debian',
  isRecord: (path) => /^var\/lib\/dpkg\/(status|status\.d\/[^/]+|info\/[^/]+\.list)$/.test(path),
  read: (layers) => {
    const found = recordedPackages(layers)
    return {
      layers: found.map((packages) => packages.map(({ depends: _depends, provides: _provides, ...rest }) => rest)),
      requirements: recordedRequirements(found.flat()),
    }
  },
}

/** A package with the facts in its record. */
type Described = RecordedPackage & RecordedFields

/** Maps each layer to the packages whose files it has. @param layers - bottom layer first */
export function recordedPackages(layers: readonly LayerContents[]): readonly (readonly Described[])[] {
  const installed = installedPackages(layers)
  return layers.map(({ records, files }) => {
    const own = ownRecords(below(records), files)
    return own.length > 0 ? own : installed(files)
  })
}

function ownRecords(records: ReadonlyMap<string, string>, files: ReadonlyMap<string, number>): readonly Described[] {
  const controls = [...records].filter(([name]) => name.startsWith('status.d/') && !name.endsWith('.md5sums'))
  const isAlone = controls.length === 1
  return controls.map(([name, control]) => {
    const size = total(isAlone ? files.keys() : namesIn(records.get(`${name}.md5sums`) ?? ''), files)
    return described(control, size, name.slice('status.d/'.length))
  })
}

/** dpkg's records, wherever in the image: the packages of a layer's files. The topmost record wins. */
function installedPackages(
  layers: readonly LayerContents[],
): (files: ReadonlyMap<string, number>) => readonly Described[] {
  const records = new Map(layers.flatMap((layer) => [...below(layer.records)]))
  const controls = new Map(
    (records.get('status') ?? '').split(/\n(?:[ \t]*\n)+/).map((control) => [fieldOf(control, 'Package'), control]),
  )
  const owners = new Map<string, string>()
  for (const [file, text] of records) {
    const name = /^info\/([^:]+?)(:[^:]+)?\.list$/.exec(file)?.[1]
    if (name !== undefined && controls.has(name)) for (const path of text.split('\n')) owners.set(path.slice(1), name)
  }
  return (files) => {
    const sizes = new Map<string, number>()
    for (const [path, size] of files) {
      const owner = owners.get(path) ?? owners.get(path.replace(/^usr\//, ''))
      if (owner !== undefined) sizes.set(owner, (sizes.get(owner) ?? 0) + size)
    }
    return [...sizes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, size]) => described(controls.get(name) ?? '', size, name))
  }
}

function described(control: string, size: number, name: string): Described {
  const field = (key: string): string => fieldOf(control, key) ?? ''
  return {
    name: fieldOf(control, 'Package') ?? name,
    version: field('Version'),
    architecture: field('Architecture'),
    size,
    depends: `${field('Pre-Depends')},${field('Depends')}`,
    provides: field('Provides'),
  }
}

function namesIn(md5sums: string): readonly string[] {
  return md5sums.split('\n').flatMap((line) => /^[0-9a-f]{32} [ *](.+)$/.exec(line)?.[1] ?? [])
}

/** Lists name files as packages ship them; images have them below usr/. */
function total(names: Iterable<string>, files: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const name of names) sum += files.get(name) ?? files.get(`usr/${name}`) ?? 0
  return sum
}

/** A field with its continuation lines (deb822(5)). */
function fieldOf(control: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \t]*(.*(?:\n[ \t].*)*)`, 'mi').exec(control)?.[1]?.trim()
}

/** Records by their names in dpkg's directory. */
function below(records: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...records].flatMap(([path, text]) => (path.startsWith(folder) ? [[path.slice(folder.length), text]] : [])),
  )
}
