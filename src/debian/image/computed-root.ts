/** The debian-root of an image (root/root.ts); over a base it takes the base's files into account, and agrees with its records. */
import { parseParagraph } from '../../format/control.ts'
import type { BaseFiles, ComputedTree, Whole } from '../../source/ecosystem.ts'
import type { Workshop } from '../../source/package.ts'
import { realise } from '../../source/realise.ts'
import type { StoreReader } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import type { DirectoryLinks } from '../../tree/links.ts'
import { entryPathOf } from '../../tree/path.ts'
import { filtered } from '../../tree/transform.ts'
import { emptyTree, type Tree } from '../../tree/tree.ts'
import { type Exclude, isExcluded } from '../exclude.ts'
import type { Resolution } from '../lock/resolution.ts'
import { asDeb } from '../normaliser.ts'
import { alternativesOver } from '../over-base/alternatives.ts'
import { debianBaseOf, idsOver, installedAs } from '../over-base/base.ts'
import { databaseOver } from '../over-base/dpkg.ts'
import { controlText, type RootPackage } from '../root/input.ts'
import { formatNote } from '../root/notes.ts'
import { type DebianRoot, debianRoot } from '../root/root.ts'

/** Computes the tree, if there is a Debian package; downloads the additional packages that it reads. */
export async function computedRoot(resolution: Resolution, whole: Whole, shop: Workshop): Promise<ComputedTree> {
  const debs = [...whole.closure.nodes].filter(([, node]) => node.as === asDeb).map(([path]) => path)
  const { tree, notes } = debs.length === 0 ? nothing : await treeFor(debs, resolution, whole, shop)
  return { tree, links: usrLinks(tree), notes: notes.map(formatNote) }
}

type Computed = Pick<DebianRoot, 'tree' | 'notes'>

const nothing: Computed = { tree: emptyTree, notes: [] }

async function treeFor(
  debs: readonly StorePath[],
  resolution: Resolution,
  { base, gone, store }: Whole,
  shop: Workshop,
): Promise<Computed> {
  const { exclude } = resolution.options
  const below = base === undefined ? undefined : debianBaseOf(base)
  const names = await fetchedData(resolution, shop)
  const read = names.filter(
    (name) => name !== 'base-files' || below === undefined || installedAs(below, 'base-files') === undefined,
  )
  const packages = debs.map((path) => rootPackage(path, store, exclude))
  const computed = debianRoot({
    packages: [...packages, ...(base === undefined ? [] : [asPackage(base)])],
    data: read.map((name) => rootPackage(resolution.dataRecipe(name).path, store, exclude)),
    ids: base === undefined ? resolution.ids : idsOver(resolution.ids, base),
    architecture: resolution.architecture,
    records: recordsOf(resolution, base),
  })
  // Excludes what scripts would copy, too, such as the index of excluded documents.
  const tree = filtered(computed.tree, (entry) => !isExcluded(entry.path, exclude))
  const { notes } = computed
  if (base === undefined || below === undefined) return { tree, notes }
  const agreed = alternativesOver({ ...computed, tree }, packages, { base, gone })
  return { tree: withoutLinksOver(below.form === 'dpkg' ? databaseOver(agreed, base, below) : agreed, base), notes }
}

/** Names of packages that are read whether or not they are in the image. A custom archive may lack some. */
async function fetchedData(resolution: Resolution, shop: Workshop): Promise<readonly string[]> {
  const names = ['base-files', 'base-passwd', 'libc-bin'].filter((name) => resolution.packages.has(name))
  await realise(
    names.map((name) => resolution.dataRecipe(name)),
    shop,
  )
  return names
}

/** How packages are recorded: as in the base, if it has records. */
export function recordsOf({ options }: Resolution, base: BaseFiles | undefined): 'status.d' | 'dpkg' | 'none' {
  const form = base === undefined ? 'none' : debianBaseOf(base).form
  return options.packageRecords === 'none' || form === 'none' ? options.packageRecords : form
}

/** A base's files, for look-ups of libraries, certificates and targets of alternatives; it contributes no users and no records. */
function asPackage({ tree }: BaseFiles): RootPackage {
  return { name: '~base', version: '', architecture: 'all', control: new Map(), tree: emptyOfRecords(tree) }
}

function emptyOfRecords(tree: Tree): Tree {
  return filtered(tree, (entry) => entry.path !== 'var/lib/dpkg')
}

/** A package as its archive describes it. */
export function rootPackage(path: StorePath, store: StoreReader, exclude: readonly Exclude[]): RootPackage {
  const control = store.control(path, asDeb)
  const fields = parseParagraph(controlText({ control }, 'control'))
  const field = (name: string) => fields.get(name) ?? ''
  const tree = filtered(store.laidOut(path, asDeb), (entry) => !isExcluded(entry.path, exclude))
  return { name: field('package'), version: field('version'), architecture: field('architecture'), control, tree }
}

/** Real directories of the base remain directories. */
function withoutLinksOver(tree: Tree, { tree: below }: BaseFiles): Tree {
  return filtered(tree, (entry) => entry.kind !== 'symlink' || below.get(entry.path)?.kind !== 'directory')
}

/** Links of merged /usr. */
function usrLinks(tree: Tree): DirectoryLinks {
  const links = Iterator.from(tree.entries()).flatMap((entry) =>
    entry.kind === 'symlink' && /^usr\/[^/]+$/.test(entry.target)
      ? [[entry.path, entryPathOf(entry.target)] as const]
      : [],
  )
  return new Map(links)
}
