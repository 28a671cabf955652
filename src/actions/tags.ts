/** `tags`: lists the tags of a repository. */
import { checkString } from '../base/check.ts'
import { parseRegistryName } from '../registry/name.ts'
import { registryPlace } from '../transport/place.ts'
import { actionChecks, checkCall, givenOptions } from './call.ts'
import { bound } from './credentials.ts'
import { type ActionOptions, withRegistries } from './workshop.ts'

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
  checkCall('tags', { name, options }, { name: checkString, options: givenOptions(actionChecks) })
  const place = registryPlace(name)
  const repository = parseRegistryName(place.file)
  return withRegistries(bound(options, [place]), (registries) => registries.tags(repository))
}
