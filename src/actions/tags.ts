/** `tags`: the tags of a repository. */
import { watchOf } from '../base/event.ts'
import { parseRegistryName } from '../registry/name.ts'
import { type ActionOptions, registriesFor } from './workshop.ts'

/**
 * Lists the tags of a repository, in the registry's order.
 *
 * @example
 * import { tags } from 'slipway'
 *
 * const versions = await tags('registry.example/team/redis')
 * console.log(versions)
 * @throws BuildError registry.*, network.*
 */
export async function tags(
  name: string,
  options: Pick<ActionOptions, 'registry' | 'signal'> = {},
): Promise<readonly string[]> {
  const registries = await registriesFor(options, watchOf(options))
  return registries.tags(parseRegistryName(name))
}
