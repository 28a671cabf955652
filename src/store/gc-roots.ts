/**
 * `result` links, and the garbage collector roots that protect their targets.
 *
 * For each link there is a `gcroots/slipway/<hash of its path>` → the logical path (which Nix honours too) and a `results/<the same hash>`
 * → the link, so that a collector can check whether the link still exists.
 */
import { hash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { errorCode, fail, messageOf } from '../base/error.ts'
import { isSameFile, realPath } from '../base/real-path.ts'
import type { Layout } from './layout.ts'
import { logical, parseStorePath, type StorePath } from './store-path.ts'
import { removeAbandoned, temporaryDirectory } from './temporary.ts'

/** A root of the collection. */
export interface Root {
  /** Its name in `gcroots/slipway` and in `results`. */
  readonly key: string
  readonly path: StorePath | undefined
  /** Whether its `result` link still points at the object, as far as can be determined. */
  readonly held: boolean
}

/** Points `link` at an object and registers it as a root. @throws BuildError result.unwritable */
export function keepResult(layout: Layout, link: string, path: StorePath): void {
  const place = placeOfLink(link)
  const key = hash('sha256', place, 'hex')
  // The root first: an object with a link, but without a root, could be collected.
  replaceLink(place, join(layout.results, key), layout.temporary)
  replaceLink(logical(path), join(layout.roots, key), layout.temporary)
  try {
    removeAbandoned(dirname(place))
    replaceLink(join(layout.objects, path), place, dirname(place))
  } catch (cause) {
    fail('result.unwritable', `The link ${place} cannot be made: ${messageOf(cause)}.`, {
      remedy: 'Choose another path for the result with `--out`, or build with `--no-link`.',
      cause,
      detail: { link: place },
    })
  }
}

/** All roots, sorted by key. */
export function rootsOf(layout: Layout): readonly Root[] {
  return readdirSync(layout.roots)
    .sort()
    .map((key) => {
      const path = parseStorePath(targetOf(join(layout.roots, key)) ?? '')
      const link = targetOf(join(layout.results, key))
      // Without a record of its link, the root may still be needed, so it stays.
      const held = path !== undefined && (link === undefined || leadsTo(link, join(layout.objects, path)))
      return { key, path, held }
    })
}

/** Drops a root, unless its `result` link points elsewhere by now. */
export function dropRoot(layout: Layout, { key }: Root): void {
  for (const folder of [layout.roots, layout.results]) {
    const link = join(folder, key)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link)
  }
}

/** Tells whether a link points at an object, through whichever path of the store. One that cannot be followed may still point there. */
function leadsTo(link: string, object: string): boolean {
  const target = targetOf(link)
  if (target === undefined || basename(target) !== basename(object)) return false
  return isSameFile(dirname(resolve(dirname(link), target)), dirname(object)) ?? true
}

function refuseName(link: string): never {
  return fail('argument.invalid', `${JSON.stringify(link)} cannot be the result link of a build.`, {
    remedy: 'Give the path of a link; to write an image to standard output, use --to docker-archive:-.',
  })
}

/** Resolves the directory's real path, so that one link has one path. */
function placeOfLink(link: string): string {
  if (link === '' || link === '-') refuseName(link)
  let place = link
  try {
    place = join(realPath(dirname(link)), basename(link))
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined || isResult(place)) return place
  } catch (cause) {
    return fail('result.unwritable', `The link ${place} cannot be made: ${messageOf(cause)}.`, {
      remedy: 'Choose a path in a directory that exists and is writable.',
      cause,
      detail: { link: place },
    })
  }
  return fail('result.unwritable', `${place} exists and is not a link to a store object.`, {
    remedy: 'Move it away, or choose another path for the result with `--out`.',
    detail: { link: place },
  })
}

/** Tells whether a link was left by a build, or is dangling: any other, such as /dev/stdout, must not be replaced. */
function isResult(place: string): boolean {
  const target = targetOf(place)
  if (target === undefined) return false
  return parseStorePath(basename(target)) !== undefined || !existsSync(place)
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    // A link that cannot be inspected may still exist: only one that is certainly gone drops a root.
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Writes a temporary link and renames it, unless the link exists already; `folder` is on the same disk as `link`. */
function replaceLink(target: string, link: string, folder: string): void {
  if (targetOf(link) === target) return
  using temporary = temporaryDirectory(folder)
  const unfinished = join(temporary.place, 'link')
  symlinkSync(target, unfinished)
  renameSync(unfinished, link)
}
