/** ucf(1), the programs that enable modules of Apache and PHP, and update-alternatives(1). */
import { plain } from '../../../../tree/entry.ts'
import { movedTo } from '../../../../tree/order.ts'
import { show } from '../../../../tree/path.ts'
import { type AlternativeLink, alternativeOf } from '../../alternatives.ts'
import { change, create, linkKeyOf, look, put, textOf } from '../disk.ts'
import type { Program, ProgramCall } from '../system.ts'
import { isInDirectory, makeDirectory } from './directories.ts'
import { split } from './options.ts'
import { givesUp } from './results.ts'

/** Installs a configuration file if it does not exist. */
const ucf: Program = (call) => {
  const { options, operands } = split(call.words, 'hvd:nZps:', ['sum-file', 'src-dir', 'state-dir', 'debug'])
  if (options.has('p') || options.has('purge') || options.has('n') || options.has('no-action')) return { status: 0 }
  const [from, to] = operands
  const [source, target] = [from, to].map((name) => (name === undefined ? undefined : look(call, name)))
  if (source === undefined || target === undefined || source.kind === 'undecided' || target.kind === 'undecided')
    return givesUp(call, 'the files there are unknown')
  if (source.kind === 'absent' || source.entry.kind !== 'file') return { status: 1 }
  if (target.kind === 'absent' && isInDirectory(call, target.at))
    put(call, movedTo(source.entry, target.at), call.cause)
  return { status: 0 }
}

/** Lets scripts see a link of a group, to any of its targets that is there. */
function showLink(call: ProgramCall, { link, target }: AlternativeLink): void {
  const [at, to] = [look(call, link, false), look(call, target)]
  if (at.kind !== 'absent' || to.kind !== 'entry') return
  const entry = { kind: 'symlink', path: at.at, metadata: plain(0o777), target } as const
  call.shell.state.facts.set(linkKeyOf(at.at), { fact: { kind: 'entry', entry }, cause: call.cause })
}

const updateAlternatives: Program = (call) => {
  const { words, shell, cause } = call
  if (!words.includes('--install')) {
    const changes = words.some((word) => word === undefined || /^--(set|config|all|remove|remove-all|auto)$/.test(word))
    return changes && words.some((word) => word === undefined || /^--(set|config|all)$/.test(word))
      ? givesUp(call, 'selects an alternative manually')
      : { status: undefined, output: undefined }
  }
  const alternative = alternativeOf(words)
  if (alternative === undefined) return givesUp(call, 'its effect is unknown')
  shell.state.facts.set(`alternative ${alternative.name} ${alternative.target}`, {
    fact: { kind: 'alternative', alternative },
    cause,
  })
  for (const each of [alternative, ...alternative.slaves]) showLink(call, each)
  return { status: 0 }
}

/** One of Apache's three kinds: directories and file suffixes. */
interface Kind {
  readonly type: string
  readonly folder: string
  readonly endings: readonly string[]
}

const kinds: Readonly<Record<string, Kind>> = {
  mod: { type: 'module', folder: 'mods', endings: ['.load', '.conf'] },
  conf: { type: 'conf', folder: 'conf', endings: ['.conf'] },
  site: { type: 'site', folder: 'sites', endings: ['.conf'] },
}

/** a2enmod(8) and related programs: a link in `*-enabled`, and Apache's record of who created it. */
function enable(
  call: ProgramCall,
  kind: Kind,
  { names, isByMaintainer }: { readonly names: readonly (string | undefined)[]; readonly isByMaintainer: boolean },
): ReturnType<Program> {
  for (const name of names) {
    if (name === undefined) return givesUp(call, 'its effect is unknown')
    if (enableOne(call, kind, { name: name.replace(/\.(load|conf)$/, ''), isByMaintainer }) === undefined)
      return givesUp(call, 'the files there are unknown')
  }
  return { status: 0 }
}

function enableOne(
  call: ProgramCall,
  { type, folder, endings }: Kind,
  { name, isByMaintainer }: { readonly name: string; readonly isByMaintainer: boolean },
): boolean | undefined {
  const available = `/etc/apache2/${folder}-available/${name}`
  const main = look(call, `${available}${endings[0]}`)
  if (main.kind !== 'entry') return main.kind === 'absent' ? false : undefined
  for (const other of dependenciesIn(textOf(call, `${available}${endings[0]}`) ?? ''))
    if (type === 'module' && other !== name) enableOne(call, { type, folder, endings }, { name: other, isByMaintainer })
  makeDirectory(call, `/etc/apache2/${folder}-enabled`, true)
  for (const ending of endings) {
    const link = `${folder === 'sites' && name === 'default' ? '000-' : ''}${name}${ending}`
    const [source, target] = [
      look(call, `${available}${ending}`),
      look(call, `/etc/apache2/${folder}-enabled/${link}`, false),
    ]
    if (source.kind === 'entry' && target.kind === 'absent')
      put(
        call,
        { kind: 'symlink', path: target.at, metadata: plain(0o777), target: `../${folder}-available/${name}${ending}` },
        call.cause,
      )
  }
  const record = `/var/lib/apache2/${type}/enabled_by_${isByMaintainer ? 'maint' : 'admin'}`
  makeDirectory(call, record, true)
  const at = look(call, `${record}/${name}`)
  if (at.kind === 'absent') create(call, { at: at.at, kind: 'file', mode: 0o644 }, call.cause)
  return true
}

function dependenciesIn(text: string): readonly string[] {
  return [...text.matchAll(/^# Depends:\s*(.*)$/gm)].flatMap(([, names = '']) =>
    names.split(/[\s,]+/).filter((name) => name !== ''),
  )
}

const a2en: (kind: string) => Program = (kind) => (call) => {
  const { options, operands } = split(call.words, 'qfmp')
  const known = kinds[kind]
  return known === undefined
    ? undefined
    : enable(call, known, { names: operands, isByMaintainer: options.has('m') || options.has('maintmode') })
}

/** `apache2_invoke enmod NAME…` of apache2-maintscript-helper. */
const apacheInvoke: Program = (call) => {
  const [action = '', ...names] = call.words
  const kind = kinds[action.replace(/^en/, '')]
  if (!action.startsWith('en') || kind === undefined) return { status: 0 }
  return enable(call, kind, { names: names.slice(0, 1), isByMaintainer: true })
}

const apacheQuery: Program = (call) => {
  const { options } = split(call.words, 'qm:c:s:M:avdh')
  const asked = Object.entries({ m: 'mod', c: 'conf', s: 'site' }).flatMap(([letter, kind]) =>
    options.has(letter) ? [{ kind, name: options.get(letter) }] : [],
  )
  const [first] = asked
  const kind = first === undefined ? undefined : kinds[first.kind]
  if (first?.name === undefined || kind === undefined) return { status: undefined, output: undefined }
  const at = look(call, `/etc/apache2/${kind.folder}-enabled/${first.name}${kind.endings[0]}`, false)
  return { status: at.kind === 'undecided' ? undefined : at.kind === 'entry' ? 0 : 32, output: undefined }
}

/** update-inetd(8) changes nothing without an inetd. */
const inetd: Program = (call) => {
  const at = look(call, '/etc/inetd.conf')
  const adds = call.words.some((word) => word === undefined || /^--(add|enable)$/.test(word))
  return at.kind === 'absent' || !adds ? { status: 0 } : givesUp(call, 'changes /etc/inetd.conf')
}

/** A new file in a temporary directory, or at its template's path. */
const mktemp: Program = (call) => {
  const { options, operands } = split(call.words, 'dqutp:d:', ['tmpdir', 'suffix'])
  const [template] = operands
  const number = String(call.shell.state.facts.size).padStart(6, '0')
  const name = template === undefined ? `/tmp/tmp.slipway${number}` : template.replace(/X{3,}/, number)
  const folder = options.get('p') ?? options.get('tmpdir')
  const whole = name.startsWith('/') ? name : `${folder === undefined || folder === '' ? '/tmp' : folder}/${name}`
  const at = look(call, whole)
  if (at.kind !== 'absent') return { status: undefined, output: undefined }
  if (call.name === 'mktemp' && (options.has('d') || options.has('directory'))) {
    makeDirectory(call, whole, true)
    const made = look(call, whole)
    if (made.kind === 'entry') change(call, made.entry, { mode: 0o700 }, call.cause)
  } else if (!options.has('u')) create(call, { at: at.at, kind: 'file', mode: 0o600 }, call.cause)
  return { status: 0, output: `/${show(at.at)}\n` }
}

/** The programs by name. PHP's links are created by a separate rule. */
export const configurationPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['ucf', ucf],
  ['update-alternatives', updateAlternatives],
  ['a2enmod', a2en('mod')],
  ['a2enconf', a2en('conf')],
  ['a2ensite', a2en('site')],
  ['apache2_invoke', apacheInvoke],
  ['a2query', apacheQuery],
  ['update-inetd', inetd],
  ['mktemp', mktemp],
  ['tempfile', mktemp],
])
