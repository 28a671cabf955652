/** Realises the objects that an action needs, and reports the notes of their images, or refuses them. */
import { readConf } from '../assembly/read-conf.ts'
import { fail } from '../base/error.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { realise } from '../source/realise.ts'
import type { ActionOptions } from './workshop.ts'

/**
 * Makes objects, and reads the notes of the images among them and among their inputs.
 *
 * @returns one line for each note, without duplicates.
 * @throws BuildError image.notes - there are notes and `strict` is set; and every code of a build
 */
export async function realiseNoted(
  recipes: readonly Recipe[],
  options: Pick<ActionOptions, 'strict' | 'noted'>,
  shop: Workshop,
): Promise<readonly string[]> {
  await realise(recipes, shop)
  const confs = confsOf(recipes)
  // A finished archive may have outlived its conf.
  if (options.strict === true) await realise(confs, shop)
  const present = confs.filter(({ path }) => shop.store.info(path) !== undefined)
  const notes = [...new Set(present.flatMap(({ path }) => readConf(shop.store, path).notes))]
  if (notes.length === 0) return notes
  if (options.strict === true) refuseNotes(notes)
  options.noted?.(notes)
  return notes
}

function confsOf(recipes: readonly Recipe[]): readonly Recipe[] {
  const seen = new Set(recipes)
  for (const recipe of seen) for (const input of recipe.inputs) seen.add(input)
  return [...seen].filter(({ isConf }) => isConf === true)
}

function refuseNotes(notes: readonly string[]): never {
  const shown = notes.slice(0, 5).map((note) => `\n  ${note}`)
  const more = notes.length > shown.length ? `\n  and ${notes.length - shown.length} more` : ''
  return fail(
    'image.notes',
    `The image lacks something, or slipway could not work out what its packages do when they are installed:${shown.join('')}${more}`,
    {
      remedy: 'Add what is missing, do the work with edits or commands of the image, or build without `strict`.',
      detail: { notes: String(notes.length) },
    },
  )
}
