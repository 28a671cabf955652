/** Checks the entries of an image before anything is fetched: their links, sources, platforms and dependencies. */
import { fail } from '../../base/error.ts'
import type { LockEntry } from '../lock-file/entry.ts'
import { refuseStale } from '../lock-file/stale.ts'
import { namesPackage } from '../registry/addresses.ts'
import { type Graph, isTop, linkTarget } from './graph.ts'
import { fits, type Platform } from './platform.ts'

/** Entries of an image. */
export interface Checked {
  /** Path of the lock file, for messages. */
  readonly file: string
  readonly graph: Graph
  readonly kept: ReadonlyMap<string, LockEntry>
  readonly platform: Platform
  /** Whether optional dependencies are deliberately omitted. */
  readonly withoutOptional: boolean
}

/** Checks all entries. @throws BuildError npm.link-outside, npm.unsupported-source, npm.foreign-address, npm.platform, npm.platform-missing, npm.lock-stale, npm.lock-invalid */
export function checkEntries(checked: Checked): void {
  for (const entry of checked.kept.values()) {
    checkLink(entry, checked)
    checkSource(entry, checked)
    checkPlatform(entry, checked)
    checkPlatformPackages(entry, checked)
    checkNeeds(entry, checked)
  }
}

function checkLink(entry: LockEntry, { graph, file }: Checked): void {
  const target = linkTarget(entry)
  const leaving = [target ?? '', isTop(entry.place) ? '' : entry.place].find((each) => /^(\/|\.\.(\/|$))/.test(each))
  if (leaving !== undefined)
    fail(
      'npm.link-outside',
      `${file} links ${entry.place} to ${leaving}, which is outside of the lock file's directory.`,
      {
        remedy:
          'Set `directory` to a directory that holds both, with a lock file of its own, such as the root of the workspaces.',
        detail: { place: entry.place, target: leaving },
      },
    )
  if (target !== undefined && !graph.entries.has(target))
    refuseStale(`${file} links ${entry.place} to ${target}, and has no entry for that.`, { place: entry.place })
}

/** Tells what is wrong with the source of an entry's tarball, so that nothing is fetched from it; undefined if it is all right. */
export function faultOfSource(
  { place, resolved, name }: LockEntry,
  graph: Graph,
): 'unsupported' | 'foreign' | undefined {
  if (resolved === undefined || /^file:.*\.(tgz|tar\.gz|tar)$/.test(resolved)) return undefined
  const url = URL.parse(resolved)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return 'unsupported'
  const isAsked = (graph.in.get(place) ?? []).some(
    ({ wanted }) => wanted.replace(/#.*$/, '') === resolved.replace(/#.*$/, ''),
  )
  return namesPackage(url, name) || isAsked ? undefined : 'foreign'
}

function checkSource(entry: LockEntry, { graph, file }: Checked): void {
  const { place, link, inBundle, resolved, name, version } = entry
  const fault = isTop(place) || link || inBundle ? undefined : faultOfSource(entry, graph)
  if (fault === 'unsupported') refuseSource(entry, file)
  if (fault === undefined) return
  fail('npm.foreign-address', `${file} has ${name} ${version} at ${resolved}, which is not an address of ${name}.`, {
    remedy: 'See who changed the lock file; `npm install` with that entry removed makes it again.',
    detail: { package: name, place },
  })
}

function refuseSource({ name, resolved = '' }: LockEntry, file: string): never {
  const what = resolved.startsWith('file:') ? 'a directory that npm packs' : 'a Git repository or another source'
  return fail('npm.unsupported-source', `${file} takes ${name} from ${resolved}: ${what}.`, {
    remedy: 'Run `npm pack` there, and depend on the `.tgz` file that it makes.',
    detail: { package: name },
  })
}

/** Refuses a required package that is for another platform. */
function checkPlatform(entry: LockEntry, { platform }: Checked): void {
  const { name, version, os, cpu, libc, optional } = entry
  if (optional || fits(entry, platform)) return
  const only = [os, cpu, libc].filter((list) => list.length > 0).map((list) => list.join(' or '))
  fail('npm.platform', `${name} ${version} is for ${only.join(', ')}; the image is for linux, ${shown(platform)}.`, {
    remedy: 'Make it an optional dependency, or choose another package.',
    detail: { package: name, version },
  })
}

/** Refuses a package with binaries for platforms other than the image's only: npm omitted the others when it wrote the lock file. */
function checkPlatformPackages(entry: LockEntry, { kept, graph, platform, file, withoutOptional }: Checked): void {
  const { name, version, optionalDependencies } = entry
  if (withoutOptional || optionalDependencies.size === 0) return
  const edges = (graph.out.get(entry.place) ?? []).filter((edge) => optionalDependencies.has(edge.name))
  const locked = edges.filter(({ to }) => (graph.entries.get(to ?? '')?.cpu.length ?? 0) > 0)
  const absent = edges.filter(({ to }) => to === undefined).map((edge) => edge.name)
  const forTarget = absent.find((each) => each.includes('linux') && each.includes(platform.cpu))
  const isLacking = locked.length > 0 ? !locked.some(({ to }) => kept.has(to ?? '')) : forTarget !== undefined
  const missing = forTarget ?? absent[0]
  if (!isLacking || missing === undefined) return
  fail(
    'npm.platform-missing',
    `${name} ${version} has its programs for linux, ${shown(platform)} in an optional package such as ${missing}, which ${file} lacks.`,
    {
      remedy:
        'Remove node_modules and the lock file, and run `npm install --package-lock-only`: npm forgets other platforms when it writes a lock file from node_modules.',
      detail: { package: name, missing },
    },
  )
}

function shown({ cpu, libc }: Platform): string {
  return `${cpu}, ${libc}`
}

/** Refuses a dependency that is not in the lock file: it could not be loaded. */
function checkNeeds(entry: LockEntry, { graph, file }: Checked): void {
  const { place, name, version, inBundle, link } = entry
  if (inBundle || link) return
  if (entry.hasShrinkwrap) checkOwnTree(entry, { graph, file })
  for (const { to, kind, name: needed, wanted } of graph.out.get(place) ?? [])
    if (to === undefined && kind === 'required')
      refuseStale(
        `${place === '' ? 'The project' : `${name} ${version}`} needs ${needed} ${JSON.stringify(wanted)}, which ${file} lacks.`,
        { package: needed },
      )
}

/** Refuses a package with its own shrinkwrap whose dependencies are missing: npm adds them below it once it has unpacked it. */
function checkOwnTree(
  { place, name, version, dependencies }: LockEntry,
  { graph, file }: Pick<Checked, 'graph' | 'file'>,
): void {
  const isThere = [...dependencies.keys()].every((each) => graph.entries.has(`${place}/node_modules/${each}`))
  if (isThere) return
  fail('npm.lock-stale', `${name} ${version} has a shrinkwrap of its own, whose packages ${file} lacks.`, {
    remedy: 'Run `npm install`, which unpacks the package and adds them to the lock file.',
    detail: { package: name, file },
  })
}
