/** Checks that a lock file is up to date: that its dependencies for the project and its directories match their package.json files. */
import { fail } from '../../base/error.ts'
import type { LockEntry, Ranges } from './entry.ts'
import type { Manifest } from './manifest.ts'

/** A package.json and its entry in the lock file. */
export interface Compared {
  readonly entry: LockEntry
  readonly manifest: Manifest
  /** Paths of the package.json and the lock file, for messages. */
  readonly file: string
  readonly lockFile: string
}

const kinds = ['dependencies', 'optionalDependencies', 'devDependencies', 'peerDependencies'] as const

/** Compares all dependencies. @throws BuildError npm.lock-stale */
export function checkFresh({ entry, manifest, file, lockFile }: Compared): void {
  for (const kind of kinds) {
    const [asked, known] = [own(manifest, kind), own(entry, kind)]
    const name = [...asked.keys(), ...known.keys()].find((each) => asked.get(each) !== known.get(each))
    if (name === undefined) continue
    const [wanted, had] = [shown(name, asked.get(name)), shown(name, known.get(name))]
    refuseStale(`${file} has ${wanted} in ${kind}; ${lockFile} has ${had}.`, { package: name, file: lockFile })
  }
}

/** Reports that the lock file must be updated. @throws BuildError npm.lock-stale */
export function refuseStale(fact: string, detail: Readonly<Record<string, string>>): never {
  return fail('npm.lock-stale', fact, {
    remedy: 'Run `npm install --package-lock-only` and commit the lock file.',
    detail,
  })
}

/** A name in both kinds is an optional dependency. */
function own(from: Pick<Manifest, (typeof kinds)[number]>, kind: (typeof kinds)[number]): Ranges {
  if (kind !== 'dependencies') return from[kind]
  return new Map([...from.dependencies].filter(([name]) => !from.optionalDependencies.has(name)))
}

function shown(name: string, range: string | undefined): string {
  return range === undefined ? `no ${name}` : `${name} ${JSON.stringify(range)}`
}
