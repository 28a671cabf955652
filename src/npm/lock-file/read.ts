/**
 * Reads npm's lock file: `npm-shrinkwrap.json`, else `package-lock.json`, version 2 or 3; only "packages" is used.
 *
 * Its content is not trusted: places and names are checked before use.
 */
import { join } from 'node:path'
import { shown } from '../../base/check.ts'
import { isPlainObject } from '../../base/document.ts'
import { fail, messageOf } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import { commandsIn } from '../tarball/commands.ts'
import { isIntegrity } from '../tarball/integrity.ts'
import type { LockEntry } from './entry.ts'
import { type Manifest, manifestOf, rangesOf, stringOf } from './manifest.ts'

/** A lock file. */
export interface LockFile {
  readonly file: string
  /** By place, shallow ones first, then by name, regardless of the order in the file. */
  readonly entries: ReadonlyMap<string, LockEntry>
}

/** Reads the lock file of a directory. @throws BuildError npm.lock-missing, npm.lock-old, npm.lock-invalid */
export function readLockFile(directory: string, shop: Workshop): LockFile {
  const found = ['npm-shrinkwrap.json', 'package-lock.json']
    .map((name) => join(directory, name))
    .find((file) => shop.project.read(file) !== undefined)
  const file = found ?? refuseMissing(directory)
  const value = readJson(file, shop)
  const { lockfileVersion, packages } = value
  if (lockfileVersion === 1 || (lockfileVersion === undefined && packages === undefined)) refuseOld(file)
  if (lockfileVersion !== 2 && lockfileVersion !== 3) refuseVersion(file, lockfileVersion)
  if (!isPlainObject(packages)) return refuseLock(file, 'has no object "packages"')
  if (!isPlainObject(packages[''])) refuseLock(file, 'has no entry for the project itself, ""')
  const entries = Object.entries(packages).map(([place, each]) => entryOf(place, each, file))
  const stated = new Map(entries.sort(byPlace).map((entry) => [entry.place, entry]))
  return { file, entries: new Map([...stated].map(([place, entry]) => [place, withBundler(entry, stated)])) }
}

/** What the project itself bundles has a tarball of its own, unlike what a package bundles: npm writes "inBundle" for both. */
function withBundler(entry: LockEntry, entries: ReadonlyMap<string, LockEntry>): LockEntry {
  if (!entry.inBundle) return entry
  let bundler = directoryOf(entry.place)
  while (entries.get(bundler)?.inBundle === true) bundler = directoryOf(bundler)
  const isOfProject = !bundler.includes('node_modules/')
  const isDirect = bundler === directoryOf(entry.place)
  const hasSource = entry.resolved !== undefined || entry.integrity !== undefined
  return isOfProject && (isDirect || hasSource) ? { ...entry, inBundle: false } : entry
}

/** Returns the place whose node_modules a package is in. */
function directoryOf(place: string): string {
  return place.slice(0, Math.max(0, place.lastIndexOf('node_modules/'))).replace(/\/$/, '')
}

/** Reads the package.json of a directory; undefined if there is none. @throws BuildError npm.lock-invalid */
export function readManifest(directory: string, shop: Workshop): Manifest | undefined {
  const file = join(directory, 'package.json')
  return shop.project.read(file) === undefined ? undefined : manifestOf(readJson(file, shop))
}

function byPlace(a: LockEntry, b: LockEntry): number {
  return depthOf(a.place) - depthOf(b.place) || (a.place < b.place ? -1 : 1)
}

/** Returns the number of packages that contain a place. */
export function depthOf(place: string): number {
  return place.split('node_modules/').length - 1
}

function readJson(file: string, shop: Workshop): Readonly<Record<string, unknown>> {
  const text = Buffer.from(shop.project.read(file) ?? [])
    .toString('utf8')
    .replace(/^\u{feff}/u, '')
  try {
    const value: unknown = JSON.parse(text)
    return isPlainObject(value) ? value : refuseLock(file, 'is not a JSON object')
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return refuseLock(file, `is not valid JSON (${messageOf(cause)})`)
  }
}

/** Matches a path whose components are names, without any that leave the lock file's directory or have a second spelling. */
const placeRule = /^(?!.*(^|\/)\.{0,2}(\/|$))[^\0\\]+$/
const nameRule = /^(@[^/@\s\\]+\/)?[^/@\s\\.][^/@\s\\]*$/

function entryOf(place: string, value: unknown, file: string): LockEntry {
  if (place !== '' && !placeRule.test(place) && !/^(\.\.\/)+/.test(place))
    refuseLock(file, `has the place ${shown(place)}, which is not a relative path`)
  const fields = isPlainObject(value) ? value : refuseLock(file, `has no object for ${shown(place)}`)
  const name = stringOf(fields.name) ?? nameAt(place)
  for (const each of place.includes('node_modules/') ? [name, nameAt(place)] : [])
    if (!nameRule.test(each))
      refuseLock(file, `has the name ${shown(each)} for ${shown(place)}, which is not the name of a package`)
  const is = (key: string): boolean => fields[key] === true
  checkFields(fields, (what) => refuseLock(file, `${what} for ${shown(place)}`))
  return {
    place,
    name,
    version: stringOf(fields.version) ?? '',
    resolved: stringOf(fields.resolved),
    integrity: stringOf(fields.integrity),
    link: is('link'),
    dev: is('dev'),
    optional: is('optional'),
    devOptional: is('devOptional'),
    peer: is('peer'),
    inBundle: is('inBundle'),
    extraneous: is('extraneous'),
    hasInstallScript: is('hasInstallScript'),
    hasShrinkwrap: is('hasShrinkwrap'),
    os: stringsOf(fields.os),
    cpu: stringsOf(fields.cpu),
    libc: stringsOf(fields.libc),
    node: isPlainObject(fields.engines) ? stringOf(fields.engines.node) : undefined,
    bin: commandsIn(fields.bin, name),
    ...edgesOf(fields),
  }
}

/** Checks fields without which a package would be another one, or none at all. */
function checkFields(
  { version = '', integrity = '', link, resolved }: Readonly<Record<string, unknown>>,
  refuse: (what: string) => never,
): void {
  // It is part of an address.
  if (typeof version !== 'string' || /[\s/\\]/.test(version)) refuse(`has ${shown(version)} as the version`)
  const isUsable = integrity === '' || (typeof integrity === 'string' && isIntegrity(integrity))
  if (!isUsable) refuse(`has ${shown(integrity)} as the integrity, which is not a whole hash,`)
  if (link === true && typeof resolved !== 'string') refuse('has a link to nothing')
}

function edgesOf(
  fields: Readonly<Record<string, unknown>>,
): Pick<LockEntry, 'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies' | 'optionalPeers'> {
  const { peerDependenciesMeta: meta } = fields
  const optional = Object.entries(isPlainObject(meta) ? meta : {}).flatMap(([name, each]) =>
    isPlainObject(each) && each.optional === true ? [name] : [],
  )
  return {
    dependencies: rangesOf(fields.dependencies),
    devDependencies: rangesOf(fields.devDependencies),
    optionalDependencies: rangesOf(fields.optionalDependencies),
    peerDependencies: rangesOf(fields.peerDependencies),
    optionalPeers: new Set(optional),
  }
}

/** Returns the name of a place: the part after its last "node_modules/". */
export function nameAt(place: string): string {
  const at = place.lastIndexOf('node_modules/')
  return at < 0 ? (place.split('/').at(-1) ?? '') : place.slice(at + 'node_modules/'.length)
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

function refuseMissing(directory: string): never {
  return fail('npm.lock-missing', `${directory} has neither package-lock.json nor npm-shrinkwrap.json.`, {
    remedy: 'Run `npm install --package-lock-only` there, or set `directory` to the directory of the lock file.',
    detail: { directory },
  })
}

function refuseOld(file: string): never {
  return fail('npm.lock-old', `${file} has lockfileVersion 1, which npm 6 wrote.`, {
    remedy: 'Run `npm install --package-lock-only` with a current npm.',
    detail: { file },
  })
}

function refuseVersion(file: string, version: unknown): never {
  return fail('npm.lock-invalid', `${file} has lockfileVersion ${shown(version)}; slipway reads versions 2 and 3.`, {
    remedy: 'Run `npm install --package-lock-only --lockfile-version=3`.',
    detail: { file },
  })
}

function refuseLock(file: string, what: string): never {
  return fail('npm.lock-invalid', `${file} ${what}.`, {
    remedy: 'Restore the file, or make the lock file again with `npm install --package-lock-only`.',
    detail: { file },
  })
}
