/** Packages installed in an image, and the install scripts that npm would have run. */
import { isPlainObject, jsonIn } from '../../base/document.ts'
import type { Whole } from '../../source/ecosystem.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { NodeSet } from '../options.ts'
import type { Resolution } from '../resolution.ts'
import { asNpm } from '../tarball/normaliser.ts'
import { type Layout, placesIn } from './layout.ts'
import { checkNative, isBuilt, type Unpacked } from './native.ts'

/** A package of an image. */
export interface InstalledPackage extends Unpacked {
  readonly object: StorePath
  readonly layout: Layout
}

/** Returns the packages of an image, each at its first place, sorted by name. */
export function installedPackages(layouts: readonly Layout[], { store, closure }: Whole): readonly InstalledPackage[] {
  const found = layouts.flatMap((layout) =>
    [...closure.nodes].flatMap(([object, { as }]) => {
      const [place] = as === asNpm ? placesIn(object, layout) : []
      const entry = layout.resolution.kept.get(place ?? '')
      if (place === undefined || entry === undefined) return []
      const { name, version } = entry
      const text = Buffer.from(store.control(object, asNpm).get('package.json') ?? []).toString('utf8')
      const manifest = jsonIn(text)
      const tree = store.laidOut(object, asNpm)
      return [{ name, version, object, tree, manifest: isPlainObject(manifest) ? manifest : {}, layout }]
    }),
  )
  return found.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

/** Refuses packages that have to be compiled. @throws BuildError npm.needs-build */
export function checkInstalled(packages: readonly InstalledPackage[]): void {
  for (const found of packages) {
    const { resolution } = found.layout
    if (resolution.set.scripts[found.name] === 'skip') continue
    checkNative(found, resolution.platform, { platformPackage: hasPlatformPackage(found, resolution) })
  }
}

function hasPlatformPackage({ object }: InstalledPackage, { kept, needs, placesOf }: Resolution): boolean {
  return placesOf(object).some((place) =>
    (needs.get(place) ?? []).some((needed) => {
      const entry = kept.get(needed)
      return entry?.optional === true && entry.cpu.length > 0
    }),
  )
}

/** Returns a note for each package whose install scripts npm would have run, unless they are known not to be needed. */
export function scriptNotes(packages: readonly InstalledPackage[]): readonly string[] {
  return packages.flatMap((found) => {
    const scripts = installScripts(found)
    const { set, root } = found.layout.resolution
    if (scripts.length === 0 || isDecided(found, set, root.allowScripts)) return []
    const decision = `scripts: { ${JSON.stringify(found.name)}: "skip" }`
    return [
      `${found.name} ${found.version} has install scripts, which did not run: ${scripts.join(', ')}; if it works without them, give node() ${decision}`,
    ]
  })
}

function installScripts(found: InstalledPackage): readonly string[] {
  const scripts = isPlainObject(found.manifest.scripts) ? found.manifest.scripts : {}
  const own = ['preinstall', 'install', 'postinstall'].flatMap((event) => {
    const script = scripts[event]
    return typeof script === 'string' && script !== '' ? [`${event} (${script})`] : []
  })
  const hasInstall = own.some((script) => !script.startsWith('postinstall'))
  return isBuilt(found) && !hasInstall ? [...own, 'install (node-gyp rebuild)'] : own
}

/** Looks a package up in `scripts` of the set and `allowScripts` of package.json, by name or by name and version. */
function isDecided(
  { name, version }: InstalledPackage,
  { scripts }: NodeSet,
  allowed: ReadonlyMap<string, boolean>,
): boolean {
  return scripts[name] === 'skip' || (allowed.get(`${name}@${version}`) ?? allowed.get(name)) === false
}
