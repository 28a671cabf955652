/**
 * `result` links, and the roots that keep from collection what they point at.
 *
 * For each link there are `gcroots/slipway/<hash of its place>` → the logical path (which Nix honours, too) and `results/<the same hash>`
 * → the link, so that a collector can see whether the link is still there.
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
  /** Whether its `result` link is there and points at the object, as far as can be told. */
  readonly held: boolean
}

/** Makes `link` point at an object and registers it as a root. @throws BuildError result.unwritable */
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
      remedy: 'Name another place for the result with `--out`.',
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
      // Without a note of its link it cannot be known whether the root is still needed: then it stays.
      const held = path !== undefined && (link === undefined || leadsTo(link, join(layout.objects, path)))
      return { key, path, held }
    })
}

/** Drops a root; a `result` link that points elsewhere by now is left alone. */
export function dropRoot(layout: Layout, { key }: Root): void {
  for (const folder of [layout.roots, layout.results]) {
    const link = join(folder, key)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link)
  }
}

/** Whether a link points at an object, whichever path to the store it names. One that cannot be followed may still lead there. */
function leadsTo(link: string, object: string): boolean {
  const target = targetOf(link)
  if (target === undefined || basename(target) !== basename(object)) return false
  return isSameFile(dirname(resolve(dirname(link), target)), dirname(object)) ?? true
}

function refuseName(link: string): never {
  return fail('argument.invalid', `${JSON.stringify(link)} cannot be the result link of a build.`, {
    remedy: 'Name a link; to write an image to standard output, give --to docker-archive:-.',
  })
}

/** The directory has its real path, so that one link has one place. */
function placeOfLink(link: string): string {
  if (link === '' || link === '-') refuseName(link)
  let place = link
  try {
    place = join(realPath(dirname(link)), basename(link))
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined || isResult(place)) return place
  } catch (cause) {
    return fail('result.unwritable', `The link ${place} cannot be made: ${messageOf(cause)}.`, {
      remedy: 'Name a place in a directory that exists and can be written.',
      cause,
      detail: { link: place },
    })
  }
  return fail('result.unwritable', `${place} is there and is not a link to a store object.`, {
    remedy: 'Move it away, or name another place for the result with `--out`.',
    detail: { link: place },
  })
}

/** Whether a link is one that a build left, or leads nowhere: any other, such as /dev/stdout, is not for a build to replace. */
function isResult(place: string): boolean {
  const target = targetOf(place)
  if (target === undefined) return false
  return parseStorePath(basename(target)) !== undefined || !existsSync(place)
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    // What cannot be looked at may still be there: only what is surely gone drops a root.
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Temp and rename, where the link is not there yet; `folder` is on the disk of `link`. */
function replaceLink(target: string, link: string, folder: string): void {
  if (targetOf(link) === target) return
  using temporary = temporaryDirectory(folder)
  const unfinished = join(temporary.place, 'link')
  symlinkSync(target, unfinished)
  renameSync(unfinished, link)
}
