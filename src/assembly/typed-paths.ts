/** Store paths that an image's config names in plain text. */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { logical, parseStorePath, type StorePath } from '../store/store-path.ts'

/**
 * A store path that was typed by hand is no reference: it must be in the image by other means.
 *
 * @param known - what the image and its base have.
 * @throws BuildError store-path.unknown, naming its place in the config
 */
export function checkTypedPaths(config: unknown, known: ReadonlySet<StorePath>, place: string = 'config'): void {
  if (typeof config === 'string') {
    for (const [text] of config.matchAll(/\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]+/g))
      checkTypedPath(text, known, place)
  } else if (Array.isArray(config)) {
    for (const [index, item] of config.entries()) checkTypedPaths(item, known, `${place}[${index}]`)
  } else if (isPlainObject(config)) {
    for (const [key, inner] of Object.entries(config)) {
      checkTypedPaths(key, known, `a key of ${place}`)
      checkTypedPaths(inner, known, `${place}.${key}`)
    }
  }
}

function checkTypedPath(text: string, known: ReadonlySet<StorePath>, place: string): void {
  const path = parseStorePath(text)
  // A sentence may end behind a path: what is known is found by its beginning.
  if (path === undefined || [...known].some((each) => text.startsWith(logical(each)))) return
  fail('store-path.unknown', `${place} names ${text}, which nothing in this image has.`, {
    remedy: 'A store path typed by hand brings nothing along: use `${pkg}` of the package instead.',
    detail: { place, path: text },
  })
}
