/** The project's own files: directories of the project without what is installed or secret. */
import { join } from 'node:path'
import type { Workshop } from '../../source/package.ts'
import { pathRecipe } from '../../source/path.ts'
import type { StoreReader } from '../../store/store.ts'
import { nameFrom } from '../../store/store-path.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { path } from '../../tree/path.ts'
import { adjusted, under } from '../../tree/transform.ts'
import type { Tree } from '../../tree/tree.ts'
import type { OwnCode, Resolution } from '../resolution.ts'

/** What no image holds, whatever the options say. */
const never = ['node_modules', '.git', '.npmrc', '.env*']

/** The project's own directories as store objects. */
export function ownCode({ directories, set }: Resolution, shop: Workshop): readonly OwnCode[] {
  return directories.map((directory) => ({
    recipe: pathRecipe(
      nameFrom(`own-${directory}`),
      { file: join(set.directory, directory), ignore: [...set.code.ignore, ...never] },
      shop,
    ),
    at: join(set.place, directory),
  }))
}

/** The project's own files where they are in the image. */
export function ownTree(code: readonly OwnCode[], store: StoreReader): Tree {
  return mergeTrees(
    code.map(({ recipe, at }) => ({ rank: 0, name: at, tree: under(inImage(store.tree(recipe.path)), path(at)) })),
    { within: () => 'first' },
  )
}

function inImage(tree: Tree): Tree {
  return adjusted(tree, ({ kind, metadata }) => {
    if (kind === 'symlink') return metadata
    return { ...metadata, mode: kind === 'directory' || (metadata.mode & 0o100) !== 0 ? 0o755 : 0o644 }
  })
}
