/** Recipes of downloads. */
import { fixedPath, fixedTreePath } from '../store/store-path.ts'
import type { Download, Recipe } from './package.ts'

/** Returns the recipe of a download, whose store path follows from its name, hash and form alone. */
export function fetchRecipe(urls: readonly string[], download: Download): Recipe {
  const { name, hash, form } = download
  return {
    path: form === undefined ? fixedPath(name, hash) : fixedTreePath(name, hash),
    name,
    as: 'store',
    inputs: [],
    requires: [],
    realise: (shop) =>
      shop.download(
        urls.map((url) => new URL(url)),
        download,
      ),
  }
}
