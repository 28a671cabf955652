/**
 * `runAsRoot`, `extraCommands` and `fakeRootCommands`: shell text, or typed functions, which are called once with a recorder. What they
 * record, or the text, is the recipe.
 */
import type { Commands, LayeredData } from '../assembly/image-data.ts'
import { type Check, refuse } from '../base/check.ts'
import { fail } from '../base/error.ts'
import { rememberSite } from '../source/call-sites.ts'
import { type Edit, record } from '../tree/edit.ts'
import type { Bound } from './bound.ts'

/** Shell text as it was given, or edits. */
export type GivenCommands = string | readonly Edit[]

/** What a command function records, or shell text. @throws BuildError argument.invalid, edit.* */
export const recordCommands: Check<GivenCommands> = (value, place) => {
  if (typeof value === 'function') return record(value, place)
  if (typeof value === 'string') return value.trim() === '' ? [] : checkScript(value, place)
  return refuse(place, value, 'shell text, or a function, such as (root) => { root.mkdir("data") }')
}

/** What bash would silently read as other text: often of a file in UTF-16, or from Windows. */
const faults: Readonly<Record<string, (text: string) => boolean>> = {
  'a NUL character': (text) => text.includes('\0'),
  'half of a surrogate pair, which is no character': (text) => !text.isWellFormed(),
  'a byte order mark': (text) => text.startsWith('\ufeff'),
  'the line ends of Windows (CRLF)': (text) => text.includes('\r\n') && !/(^|[^\r])\n/.test(text),
}

function checkScript(text: string, place: string): string {
  const [fault] = Object.entries(faults).find(([, isIn]) => isIn(text)) ?? []
  if (fault === undefined) return text
  return fail('argument.invalid', `${place} has ${fault}.`, {
    remedy: 'Give shell text in UTF-8, without it; lines end in "\\n".',
    detail: { place },
  })
}

/** One argument's commands. @param within - whose root shell text sees as "/" */
export function commandsOf(place: string, given: GivenCommands, within: 'image' | 'tools'): readonly Commands[] {
  if (typeof given === 'string') return [{ place, script: given, within }]
  return given.length === 0 ? [] : [{ place, edits: given }]
}

/** The commands of an image, with tools where something runs. */
export function withTools(
  commands: readonly Commands[],
  { bound, configure }: { readonly bound: Bound; readonly configure: boolean },
): Pick<LayeredData, 'commands' | 'tools' | 'configure'> {
  for (const each of commands) if ('script' in each) rememberSite(each.script, bound.site())
  const runs = configure || commands.some((each) => 'script' in each)
  return { commands, tools: runs ? bound.tools() : null, ...(configure ? { configure } : {}) }
}
