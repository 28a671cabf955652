/** Checks that a container of an image can start: that the user and the program of its config exist. */
import { fail, located } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import type { ContainerConfig } from '../image/image.ts'
import { idsOf, parseOwner } from '../tree/owner-names.ts'
import { baseName, isWithin, parent, path as parsePath } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { runsShell } from './changes.ts'
import { containerTree, searchPath, startedProgram } from './container-view.ts'
import { accountsIn } from './copied-owners.ts'
import type { Parts } from './parts.ts'

/** An image as a container sees it. */
interface Seen {
  readonly parts: Parts
  readonly root: Tree
}

/** Checks the image's own config. @param config - including inherited fields @throws BuildError account.unknown, config.command-missing */
export function checkRun(config: ContainerConfig, seen: Seen): void {
  checkUser(seen)
  checkCommand(config, seen)
}

/** Accounts that shell commands add count too, but the account files are not validated: they may be meant for another root. */
function checkUser({ parts, root }: Seen): void {
  const { User: user } = parts.image.data.config
  const owner = typeof user === 'string' ? parseOwner(user) : undefined
  if (owner === undefined || runsShell(parts)) return
  const remedy = 'Add the account with root.user or root.group, or give numbers, such as "1000:1000".'
  located('config.User', () => idsOf(owner, accountsIn(root, parts.whole.store), remedy))
}

function checkCommand(config: ContainerConfig, { parts, root }: Seen): void {
  const { data } = parts.image
  if (data.allowMissingCommand === true) return
  const tree = containerTree(root, parts)
  const started = startedProgram(config, data.config, tree)
  if (started === undefined || started.file !== undefined) return
  const { field, word } = started
  refuseCommand(`config.${field}[0]`, word, { directories: word.includes('/') ? [] : searchPath(config), tree })
}

interface Looked {
  readonly directories: readonly string[]
  readonly tree: Tree
}

function refuseCommand(place: string, word: string, { directories, tree }: Looked): never {
  const where = word.includes('/') ? 'in the image' : `in the image's PATH, ${directories.join(':')}`
  const hint = didYouMean(word, new Set(directories.flatMap((directory) => programsIn(tree, directory))))
  const remedy =
    'Add its package to the image, or give the path of the program; where a volume provides it, set `allowMissingCommand: true`.'
  return fail('config.command-missing', `${place} is ${JSON.stringify(word)}, which is not ${where}.`, {
    remedy: hint === '' ? remedy : `${hint} ${remedy}`,
    detail: { place, command: word },
  })
}

function programsIn(tree: Tree, directory: string): readonly string[] {
  const at = tree.resolve(parsePath(directory))?.path
  if (at === undefined) return []
  return [...tree.below(at)].flatMap(({ path }) => (isWithin(path, at) && parent(path) === at ? [baseName(path)] : []))
}
