/** The project's own files as store objects, and their places in the image. */
import { join, posix } from 'node:path'
import { fail } from '../../base/error.ts'
import type { From } from '../../source/from-disk.ts'
import type { Workshop } from '../../source/package.ts'
import { pathRecipe } from '../../source/path.ts'
import type { StoreReader } from '../../store/store.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { ancestors, isWithin, path, show, showBytes } from '../../tree/path.ts'
import { sourceTree } from '../../tree/source-tree.ts'
import { adjusted, under } from '../../tree/transform.ts'
import type { Tree } from '../../tree/tree.ts'
import { nodeAccount, writablePaths } from '../image/account.ts'
import type { OwnCode, Resolution } from '../resolution.ts'
import { checkDirectories } from './linked-directories.ts'
import { ownCodePatterns, secretPatterns } from './patterns.ts'

/**
 * Returns the project's own files: those of the option `files`, or by default all that `.dockerignore` does not exclude.
 *
 * @throws BuildError npm.file-missing, npm.writable, disk.*
 */
export function ownCode(resolution: Resolution, shop: Workshop): readonly OwnCode[] {
  const { set, project, directories } = resolution
  const { files, generated } = set.code
  checkDirectories(resolution)
  checkWritable(resolution)
  const others = directories.filter((directory) => directory !== project)
  for (const file of [...(files ?? []).map((each) => within(project, each)), ...generated])
    checkPresent(file, resolution)
  const named = files === undefined ? [] : [chosenFiles(resolution, files)]
  const whole = files === undefined ? directories : others
  return [
    ...named.map((paths) => taken(resolution, { paths, ignoreFiles: [] }, shop)),
    ...(whole.length === 0 ? [] : [taken(resolution, { paths: whole, ignoreFiles: ['.dockerignore'] }, shop)]),
    ...generated.map((directory) => ({
      recipe: pathRecipe('generated', { file: join(set.directory, directory), ignore: secretPatterns }, shop),
      at: join(set.place, directory),
    })),
  ]
}

function chosenFiles({ project }: Resolution, files: readonly string[]): readonly string[] {
  return ['package.json', ...files].map((file) => within(project, file))
}

/** Returns a path from the lock file's directory; "" for that directory. */
function within(project: string, file: string): string {
  return posix.join(project, file).replace(/^\.$/, '')
}

function taken(
  { set, project }: Resolution,
  { paths, ignoreFiles }: { readonly paths: readonly string[]; readonly ignoreFiles: readonly string[] },
  shop: Workshop,
): OwnCode {
  const { ignore } = set.code
  const from: From = { file: set.directory, ignore: ownCodePatterns({ paths, ignore, project }), ignoreFiles }
  return { recipe: pathRecipe('application', from, shop), at: set.place }
}

function checkPresent(file: string, resolution: Resolution): void {
  const { directory } = resolution.set
  const entry = file === '' ? undefined : sourceTree(directory).get(path(file))
  if (entry?.kind === 'symlink') checkTarget(file, showBytes(entry.target), resolution)
  if (entry !== undefined || file === '') return
  const remedy = /[*?[\]{}!]/.test(file)
    ? '`files` has files and directories, not patterns: name a directory, and use `ignore` for what is not to be taken.'
    : 'Build the project first, or correct `files` or `generated`.'
  fail('npm.file-missing', `${join(directory, file)} does not exist, and the image is to have it.`, {
    remedy,
    detail: { file },
  })
}

/** Refuses a writable path that is, or leads through, a file or a link. */
function checkWritable({ set, project, kept }: Resolution): void {
  const disk = sourceTree(set.directory)
  for (const each of set.code.writable.map((one) => within(project, one)).filter((one) => one !== '')) {
    for (const at of [...ancestors(path(each)), path(each)]) {
      const place = show(at)
      // npm's packages are those of the lock file, whatever is on the disk.
      const isInstalled = place.split('/').includes('node_modules')
      const onDisk = isInstalled ? undefined : disk.get(at)?.kind
      const kind = kept.get(place)?.link === true ? 'symlink' : onDisk
      if (kind === undefined || kind === 'directory') continue
      fail(
        'npm.writable',
        `${join(set.directory, place)} is a ${kind === 'symlink' ? 'link' : 'file'}, and writable of node() has ${each}.`,
        {
          remedy: 'Name directories: the one that the file is in, or the one that the link leads to.',
          detail: { file: place },
        },
      )
    }
  }
}

/** Refuses a link that is to be in the image without what it leads to. */
function checkTarget(file: string, target: string, { set, project }: Resolution): void {
  const led = posix.join(posix.dirname(file), target)
  const taken = (set.code.files ?? []).map((each) => within(project, each))
  const isTaken = taken.some((each) => each === '' || led === each || led.startsWith(`${each}/`))
  if (isTaken && !target.startsWith('/')) return
  fail('npm.file-missing', `${join(set.directory, file)} is a link to ${target}, which the image does not have.`, {
    remedy: 'Name that in `files` as well, or put the files themselves in the place of the link.',
    detail: { file },
  })
}

/** Returns the own files at their places in the image; files in writable directories belong to the application's user. */
export function ownTree(code: readonly OwnCode[], resolution: Resolution, store: StoreReader): Tree {
  const writable = writablePaths(resolution)
  const trees = code.map(({ recipe, at }) => ({ rank: 0, name: at, tree: under(store.tree(recipe.path), path(at)) }))
  return adjusted(mergeTrees(trees, { within: () => 'first' }), ({ kind, path: at, metadata }) => ({
    ...metadata,
    ...(writable.some((directory) => isWithin(at, directory)) ? nodeAccount : {}),
    mode: kind === 'symlink' ? metadata.mode : kind === 'directory' || (metadata.mode & 0o100) !== 0 ? 0o755 : 0o644,
  }))
}
