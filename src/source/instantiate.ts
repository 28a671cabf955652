/**
 * Act 3: packages → recipes. Placeholders become real store paths, in dependency order; nothing is made yet.
 *
 * First every definition that can be reached is collected and those that must be looked up together (a Debian set's names) are resolved,
 * so that the lock is read or written once; then each package's path follows from its arguments with real paths.
 */
import { BuildError, fail, located } from '../base/error.ts'
import { innerFirst } from './inner-first.ts'
import { oneEach } from './one-each.ts'
import type { Definition, MakerEntry, Package, Recipe, Workshop } from './package.ts'
import { argumentOf, definitionOf, keyOf } from './placeholder.ts'
import { packagesIn, replaceDeep } from './replace.ts'

/** Packages that are looked up together with others; under the names by which messages call them, where they have some. */
export type Beside = readonly Package[] | ReadonlyMap<string, Package>

/** Recipes of everything that some packages need. */
export interface Instantiation {
  of(made: Package): Recipe
  /** Replaces the placeholders in every string of plain data, such as an image's default tag. */
  replace<T>(value: T): T
}

/**
 * Resolves and instantiates packages and all that they name.
 *
 * @param beside - what else is looked up in the lock with them: a file's other exports, so that one lock serves all.
 * @throws BuildError maker.unknown, placeholder.remains, and the makers'
 */
export async function instantiate(
  targets: readonly Package[],
  shop: Workshop,
  beside: Beside = [],
): Promise<Instantiation> {
  const order = inDependencyOrder(targets)
  await resolveTogether(targets, beside, shop)
  const recipes = new Map<string, Recipe>()
  const of = (made: Package): Recipe => {
    const recipe = recipes.get(keyOf(made))
    if (recipe === undefined) throw new Error(`unreachable: ${made.name} is not instantiated`)
    return recipe
  }
  for (const made of order) recipes.set(keyOf(made), await instantiateOne(definitionOf(made), of, shop))
  return { of, replace: (value) => replaceDeep(value, (made) => of(made).path, 'the result') }
}

/** Act 2 alone: looks up what the packages need, and leaves the lock as it then is. */
export async function resolve(targets: readonly Package[], shop: Workshop, beside: Beside = []): Promise<void> {
  await resolveTogether(targets, beside, shop)
}

async function instantiateOne(definition: Definition, of: (made: Package) => Recipe, shop: Workshop): Promise<Recipe> {
  const real = (made: Package) => of(made).path
  const given = {
    inputs: oneEach([...packagesIn(definition.arguments)].map(of)),
    of,
    replace: <T>(value: T): T =>
      typeof value === 'string'
        ? replaceDeep(value, real, definition.name)
        : located(calledIn(definition), () => replaceDeep(value, real, '')),
  }
  return (await makerOf(definition, shop).load()).instantiate(definition, given, shop)
}

/** What people call a package: the conf of an image is the image. */
function calledIn({ name }: Definition): string {
  return name.endsWith('-conf.json') ? `the image ${name.slice(0, -'-conf.json'.length)}` : name
}

function makerOf({ maker, name }: Definition, { makers }: Workshop): MakerEntry {
  return (
    makers.get(maker) ??
    fail('maker.unknown', `${name} was described by "${maker}", which this version of slipway does not know.`, {
      remedy: 'Use one version of slipway for the file that describes the image and for the command that builds it.',
      detail: { maker, package: name },
    })
  )
}

/** Returns all packages reachable from some, dependencies first. */
function inDependencyOrder(targets: readonly Package[]): readonly Package[] {
  return innerFirst(targets, keyOf, (made) => packagesIn(definitionOf(made).arguments))
}

async function resolveTogether(targets: readonly Package[], beside: Beside, shop: Workshop): Promise<void> {
  const order = inDependencyOrder([...targets, ...beside.values()])
  const byMaker = Map.groupBy(order.map(definitionOf), (definition) => makerOf(definition, shop))
  for (const [entry, definitions] of byMaker) {
    if (entry.resolves !== true) continue
    const maker = await entry.load()
    try {
      await maker.resolve?.(definitions, shop)
    } catch (thrown) {
      throw withUsers(thrown, beside)
    }
  }
}

/** Adds to an error about one package of a set which of the named packages need it, since it stops all of them. */
function withUsers(thrown: unknown, beside: Beside): unknown {
  if (!(thrown instanceof BuildError) || !(beside instanceof Map)) return thrown
  const { code, message, detail, cause } = thrown
  const about = String(detail.package ?? detail.chain ?? '').split(' ')[0]
  const users = Iterator.from(beside)
    .filter(([, made]) => inDependencyOrder([made]).some((inner) => argumentOf(inner, 'package') === about))
    .map(([name]) => name)
    .toArray()
  if (users.length === 0) return thrown
  return new BuildError(
    code,
    `${message} It is needed by ${users.join(', ')}.`,
    { ...detail, users: users.join(' ') },
    cause,
  )
}
