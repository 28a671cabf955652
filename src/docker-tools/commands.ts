/**
 * `extraCommands` and `fakeRootCommands`: typed functions, called once with a recorder; what they record is the recipe.
 *
 * Shell text would have to run in a sandbox that holds the image's root.
 */
import { type Check, refuse } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { type Edit, record } from '../tree/edit.ts'

/** The edits that a command function records. @throws BuildError command.shell-text, argument.invalid, edit.* */
export const recordCommands: Check<readonly Edit[]> = (value, place) => {
  if (typeof value === 'function') return record(value, place)
  if (typeof value !== 'string') return refuse(place, value, 'a function, such as (root) => { root.mkdir("data") }')
  if (value.trim() === '') return []
  return fail(
    'command.shell-text',
    `${place} is shell text, which needs a sandbox to run in; this version of slipway has none.`,
    {
      remedy: `Write it as a function: ${place}: (root) => { root.mkdir("/data"); root.write("/etc/motd", "hello\\n") }. There are mkdir, write, append, link, symlink, copy, chmod, chown and remove.`,
      detail: { place },
    },
  )
}
