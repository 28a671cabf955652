/**
 * Notes about the variable TZ: the C library reads time zones by name from /usr/share/zoneinfo, and falls back to UTC without a word.
 *
 * UTC itself and rules in the form of POSIX ("CET-1CEST,M3.5.0,M10.5.0/3") need no file (tzset(3)).
 */
import { didYouMean } from '../base/nearest.ts'
import { path as parsePath, show } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { hasFile, variable } from './container-view.ts'
import type { Parts } from './parts.ts'

const database = '/usr/share/zoneinfo'

interface Seen {
  readonly tree: Tree
  readonly packageFor: (file: string) => string | undefined
}

/** Returns at most one note. Only about a variable that this image sets, and unless all of its programs know time zones themselves. */
export function zoneNotes({ image }: Pick<Parts, 'image'>, { tree, packageFor }: Seen): readonly string[] {
  const zone = variable(image.data.config, 'TZ')?.replace(/^:/, '')
  if (zone === undefined || needsNoFile(zone) || image.uses.some(({ use }) => use.hasTimeZones === true)) return []
  const file = zone.startsWith('/') ? zone : `${database}/${zone}`
  if (hasFile(tree, file)) return []
  const fact = `TZ is ${JSON.stringify(zone)}, but the image has no ${file}, so programs of the C library use UTC`
  return [`${fact}: ${remedyFor(file, { tree, packageFor })}`]
}

function remedyFor(file: string, { tree, packageFor }: Seen): string {
  if (!file.startsWith(`${database}/`)) return 'correct the path, or add the file'
  if (!hasFile(tree, `${database}/Etc/UTC`)) {
    const name = packageFor(file)
    return name === undefined ? `add the time zones, ${database}` : `add pkgs("${name}")`
  }
  const directory = parsePath(file.slice(0, file.lastIndexOf('/')))
  const names = [...tree.below(directory)].map(({ path }) => show(path).slice(database.length))
  const hint = didYouMean(file.slice(database.length + 1), names)
  return hint === ''
    ? `correct the name; tzdata-legacy has old names, such as "US/Pacific"`
    : `correct the name. ${hint}`
}

/** Names that mean UTC, with a file or without one. */
const utc = /^(Etc\/)?(UTC|UCT|GMT|GMT[+-]?0|Universal|Greenwich|Zulu)$/

/** `std offset [dst [offset]] [,rule]`; names of letters, or of anything in angle brackets. */
const posix =
  /^([A-Za-z]{3,}|<[^>]+>)[+-]?\d{1,3}(:\d\d?){0,2}(([A-Za-z]{3,}|<[^>]+>)([+-]?\d{1,3}(:\d\d?){0,2})?(,.*)?)?$/

function needsNoFile(zone: string): boolean {
  return zone === '' || utc.test(zone) || posix.test(zone)
}
