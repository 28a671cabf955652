/** `tags`: lists the tags of a repository. */
import { watchOf } from '../base/event.ts'
import { parseRegistryName } from '../registry/name.ts'
import { type ActionOptions, registriesFor } from './workshop.ts'

/** Options of `tags`. */
export type TagsOptions = Pick<ActionOptions, 'registry' | 'signal'>

/** Result of `tags`: the tags, in the registry's order. */
export type TagsResult = readonly string[]

/**
 * Lists the tags of a repository, in the registry's order.
 *
 * @example
 * import { tags } from 'slipway'
 *
 * const versions = await tags('registry.example/team/redis')
 * console.log(versions)
 * @param name - name of the repository; a tag has no effect.
 * @throws BuildError argument.invalid, registry.*, network.*
 */
export async function tags(name: string, options: TagsOptions = {}): Promise<TagsResult> {
  const registries = await registriesFor(options, watchOf(options))
  return registries.tags(parseRegistryName(name))
}
