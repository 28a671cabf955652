/** Store paths that an image's config contains as plain text. */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { logical, parseStorePath, type StorePath } from '../store/store-path.ts'

/**
 * Checks store paths that were typed by hand: they are not references, so they must be in the image for another reason.
 *
 * @param known - store paths of the image and its base.
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
  // A full stop may follow a path, so known paths are matched as prefixes.
  if (path === undefined || [...known].some((each) => text.startsWith(logical(each)))) return
  fail('store-path.unknown', `${place} names ${text}, which this image does not contain.`, {
    remedy: 'A store path typed by hand adds no package to the image: use `${pkg}` of the package instead.',
    detail: { place, path: text },
  })
}
