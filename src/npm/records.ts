/** Records of the npm packages in an image, by layer, with the sizes of their files, read from each package's package.json. */
import { isPlainObject, jsonIn } from '../base/document.ts'
import type { LayerContents } from '../report/layer-contents.ts'
import type { RecordedPackage, RecordReader } from '../report/records.ts'
import type { Requirements } from '../report/requirements.ts'
import { manifestOf, stringOf } from './lock-file/manifest.ts'

/** Reads the records of npm packages. */
export const npmRecords: RecordReader = {
  kind: 'npm',
  isRecord: (path) => recordRule.test(path),
  read: (layers) => {
    const found = layers.map((layer) => packagesIn(layer))
    return {
      layers: found.map((packages) => packages.map(({ requires: _requires, ...rest }) => rest)),
      requirements: requirementsAmong(found.flat()),
    }
  },
}

/** Matches a package.json directly in a package's directory. */
const recordRule = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/.@][^/]*)\/package\.json$/

interface Described extends RecordedPackage {
  readonly requires: readonly string[]
}

function packagesIn({ records, files }: LayerContents): readonly Described[] {
  const sizes = new Map<string, number>()
  for (const [path, size] of files) {
    const owner = ownerOf(path, records)
    if (owner !== undefined) sizes.set(owner, (sizes.get(owner) ?? 0) + size)
  }
  return [...records].flatMap(([path, text]) => {
    const directory = recordRule.exec(path)?.[1]
    const described = directory === undefined ? undefined : describedBy(text, sizes.get(directory) ?? 0)
    return described ?? []
  })
}

/** Returns the innermost package that contains a file. */
function ownerOf(path: string, records: ReadonlyMap<string, string>): string | undefined {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const record = `${path.slice(0, end)}/package.json`
    if (records.has(record) && recordRule.test(record)) return path.slice(0, end)
  }
  return undefined
}

function describedBy(text: string, size: number): Described | undefined {
  const value = jsonIn(text)
  if (!isPlainObject(value)) return undefined
  const { name, version, cpu } = value
  const { dependencies, optionalDependencies } = manifestOf(value)
  const own = stringOf(name)
  if (own === undefined) return undefined
  return {
    name: own,
    version: stringOf(version) ?? '',
    architecture: Array.isArray(cpu) && typeof cpu[0] === 'string' ? cpu[0] : 'all',
    size,
    requires: [...dependencies.keys(), ...optionalDependencies.keys()],
  }
}

function requirementsAmong(packages: readonly Described[]): Requirements {
  const names = new Set(packages.map(({ name }) => name))
  const requires = new Map<string, readonly string[]>()
  for (const { name, requires: own } of packages)
    requires.set(name, [...(requires.get(name) ?? []), ...own.filter((each) => names.has(each))])
  const needed = new Set([...requires.values()].flat())
  return { roots: [...names].filter((name) => !needed.has(name)).sort(), requires }
}
