/**
 * dpkg's database (dpkg(1), deb-control(5), dpkg-query(1)) for images in which `dpkg` and `apt` should work: every package installed and
 * configured, its control files as dpkg keeps them.
 */
import { hash } from 'node:crypto'
import { contentOf } from '../../base/bytes.ts'
import { parseParagraph } from '../../format/control.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { mergedPath } from '../merged-usr.ts'
import type { Alternative } from './alternatives.ts'
import { formatAlternatives } from './alternatives-database.ts'
import { diversionsOf, formatDiversions } from './diversions.ts'
import { controlText, type RootPackage } from './input.ts'
import type { Override } from './shell/facts.ts'

const folder = 'var/lib/dpkg'
const scripts = new Set(['config', 'preinst', 'postinst', 'prerm', 'postrm'])

/** What the scripts of an image's packages did. */
export interface Installed {
  readonly packages: readonly RootPackage[]
  readonly files: Tree
  readonly architecture: string
  readonly alternatives: readonly Alternative[]
  readonly overrides: readonly Override[]
}

/** Database of an image's packages. */
export function dpkgEntries({ packages, files, architecture, alternatives, overrides }: Installed): readonly Entry[] {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1))
  return [
    file('status', sorted.map((each) => `${statusOf(each, files)}\n`).join('')),
    file('arch', `${architecture}\n`),
    file('info/format', '1\n'),
    file('statoverride', overrides.map(({ user, group, mode, at }) => `${user} ${group} ${mode} ${at}\n`).join('')),
    file('diversions', formatDiversions(sorted.flatMap(diversionsOf))),
    file('available', ''),
    ...[...formatAlternatives(alternatives)].map(([name, text]) => file(`alternatives/${name}`, text)),
    ...['updates', 'triggers', 'alternatives', 'parts'].map(directory),
    ...sorted.flatMap(infoEntries),
  ]
}

// As dpkg writes it: the control file with the state after the name, and the checksums of configuration files as shipped.
function statusOf(each: RootPackage, files: Tree): string {
  const lines = controlText(each, 'control').trimEnd().split('\n')
  const paragraph = lines.flatMap((line) =>
    line.startsWith('Package:') ? [line, 'Status: install ok installed'] : [line],
  )
  const conffiles = controlText(each, 'conffiles')
    .split('\n')
    .flatMap((line) => conffileLine(line, files))
  return [...paragraph, ...(conffiles.length === 0 ? [] : ['Conffiles:', ...conffiles]), ''].join('\n')
}

// `remove-on-upgrade NAME` refers to a file that is no longer shipped (deb-conffiles(5)).
function conffileLine(line: string, files: Tree): readonly string[] {
  if (!line.startsWith('/')) return []
  const bytes = files.read(mergedPath(path(line)))
  return bytes === undefined ? [] : [` ${line} ${hash('md5', bytes, 'hex')}`]
}

function infoEntries(each: RootPackage): readonly Entry[] {
  const fields = parseParagraph(controlText(each, 'control'))
  const name = fields.get('multi-arch') === 'same' ? `${each.name}:${fields.get('architecture')}` : each.name
  const kept = [...each.control].filter(([file]) => file !== 'control')
  const listed = each.control.has('list') ? kept : [...kept, ['list', listOf(each)] as const]
  return listed.map(([kind, bytes]) => file(`info/${name}.${kind}`, bytes, scripts.has(kind) ? 0o755 : 0o644))
}

function listOf({ tree }: RootPackage): Uint8Array {
  const names = Iterator.from(tree.entries()).map((entry) => `/${entry.path}\n`)
  return Buffer.from(`/.\n${[...names].join('')}`, 'latin1')
}

function file(name: string, content: string | Uint8Array, mode: number = 0o644): Entry {
  return { kind: 'file', path: path(`${folder}/${name}`), metadata: plain(mode), content: contentOf(content) }
}

function directory(name: string): Entry {
  return { kind: 'directory', path: path(`${folder}/${name}`), metadata: plain(0o755) }
}
