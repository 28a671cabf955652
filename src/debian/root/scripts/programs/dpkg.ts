/** dpkg(1) and related programs: versions, packages, recorded owners. */
import type { Comparison } from '../../../../format/control.ts'
import { changedMode } from '../../../../tree/mode.ts'
import { cleaned } from '../../../../tree/path.ts'
import { compareVersions, versionFits } from '../../../archive/version.ts'
import { parseWords } from '../../divert-words.ts'
import type { Override } from '../../shell/facts.ts'
import { hasGroup, hasUser } from '../accounts.ts'
import { change, look } from '../disk.ts'
import { heldAt, type Program, type ProgramCall } from '../system.ts'
import { split } from './options.ts'
import { knownOwner } from './owners.ts'
import { answers, givesUp } from './results.ts'

const dpkg: Program = (call) => {
  const [action, ...words] = call.words
  switch (action) {
    case '--compare-versions':
      return answers(compares(words))
    case '--print-architecture':
      return { status: 0, output: `${call.system.architecture}\n` }
    case '--print-foreign-architectures':
      return { status: 0 }
    case '--validate-version':
    case '--assert-multi-arch':
    case '--assert-support-predepends':
      return { status: 0 }
    case '-S':
    case '--search':
      return { status: owned(call, words.at(-1)), output: undefined }
    case '-s':
    case '--status':
    case '-L':
    case '--listfiles':
    case '-l':
    case '--list':
      return { status: installed(call, words.at(-1)), output: undefined }
    default:
      return { status: undefined, output: undefined }
  }
}

function installed({ system }: ProgramCall, name: string | undefined): number | undefined {
  if (name === undefined || system.files === undefined || /[*?]/.test(name)) return undefined
  return system.packages.has(name.replace(/:.*/, '')) ? 0 : 1
}

/** Tells whether packages ship a path, whichever side of a merged /usr they ship it on. */
function owned(call: ProgramCall, name: string | undefined): number | undefined {
  const { files, ships } = call.system
  if (name === undefined || files === undefined || !name.startsWith('/') || /[*?[]/.test(name)) return undefined
  const at = look(call, name)
  if (at.kind === 'undecided') return undefined
  return ships(at.at) || ships(cleaned(Buffer.from(name, 'utf8').toString('latin1'))) ? 0 : 1
}

const symbols: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['lt', '<<'],
  ['<<', '<<'],
  ['le', '<='],
  ['<=', '<='],
  ['<', '<='],
  ['eq', '='],
  ['=', '='],
  ['ge', '>='],
  ['>=', '>='],
  ['>', '>='],
  ['gt', '>>'],
  ['>>', '>>'],
])

/** An empty version precedes all others, but with `-nl` it follows them (dpkg(1)). */
function compares([a, name, b]: readonly (string | undefined)[]): boolean | undefined {
  if (a === undefined || b === undefined || name === undefined) return undefined
  if (name === 'ne') return a !== b && (a === '' || b === '' || compareVersions(a, b) !== 0)
  const comparison = symbols.get(name.replace(/-nl$/, ''))
  if (comparison === undefined) return undefined
  if (a !== '' && b !== '') return versionFits(a, comparison, b)
  if (a === b) return comparison !== '<<' && comparison !== '>>'
  const isBefore = (a === '') !== name.endsWith('-nl')
  return isBefore ? comparison.startsWith('<') : comparison.startsWith('>')
}

const query: Program = (call) => {
  const { options, operands } = split(call.words, 'WsLlSf:', ['showformat', 'admindir'])
  const [name] = operands
  if (options.has('S') || options.has('search')) return { status: owned(call, name), output: undefined }
  const status = installed(call, name)
  const format = options.get('f') ?? options.get('showformat')
  const version = status === 0 && name !== undefined ? call.system.packages.get(name.replace(/:.*/, '')) : undefined
  const isVersion = format !== undefined && /^\$\{Version\}(\\n)?$/i.test(format)
  return { status, output: status === 1 ? '' : isVersion && version !== undefined ? version : undefined }
}

const architectures: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64-linux-gnu'],
  ['arm64', 'aarch64-linux-gnu'],
  ['armhf', 'arm-linux-gnueabihf'],
  ['armel', 'arm-linux-gnueabi'],
  ['i386', 'i386-linux-gnu'],
  ['mips64el', 'mips64el-linux-gnuabi64'],
  ['ppc64el', 'powerpc64le-linux-gnu'],
  ['riscv64', 'riscv64-linux-gnu'],
  ['s390x', 's390x-linux-gnu'],
])

const architecture: Program = ({ words, system }) => {
  const asked = words.join(' ')
  if (/MULTIARCH/.test(asked)) {
    const triplet = architectures.get(system.architecture)
    return { status: 0, output: triplet === undefined ? undefined : `${triplet}\n` }
  }
  return { status: 0, output: /-q\s*DEB_(HOST|BUILD)_ARCH$/.test(asked) ? `${system.architecture}\n` : undefined }
}

const statoverride: Program = (call) => {
  const { options, operands } = split(call.words, '', ['admindir', 'instdir', 'root'])
  const isUpdate = options.has('update')
  if (options.has('list')) {
    const [at] = operands
    const held = at === undefined ? undefined : heldAt(call, `override ${at}`)
    if (at === undefined || (held !== undefined && held.fact === undefined))
      return { status: undefined, output: undefined }
    return held === undefined ? { status: 1 } : { status: 0, output: undefined }
  }
  if (options.has('remove')) return { status: 0 }
  if (!options.has('add')) return { status: undefined }
  const [user, group, mode, at] = operands
  if (user === undefined || group === undefined || mode === undefined || at === undefined)
    return givesUp(call, 'its effect is unknown')
  return override(call, { user, group, mode, at }, isUpdate)
}

function override(call: ProgramCall, own: Override, isUpdate: boolean): ReturnType<Program> {
  if (!/^[0-7]{3,5}$/.test(own.mode)) return givesUp(call, 'not valid permissions')
  const owner = knownOwner(call, { user: own.user, group: own.group })
  if (owner === undefined || hasUser(call, own.user) !== true || hasGroup(call, own.group) !== true)
    return { status: undefined }
  call.shell.state.facts.set(`override ${own.at}`, { fact: { kind: 'override', override: own }, cause: call.cause })
  const at = look(call, own.at)
  if (at.kind === 'undecided') return givesUp(call, 'the files there are unknown')
  if (at.kind === 'absent' || !isUpdate) return { status: 0 }
  const mode = changedMode(own.mode, { mode: 0, isDirectory: false, umask: 0 }) ?? at.entry.metadata.mode
  change(call, at.entry, { mode, uname: own.user, gname: own.group }, call.cause)
  return { status: 0 }
}

const vendor: Program = ({ words: [action, name] }) => {
  if (action === '--query') return { status: 0, output: 'Debian\n' }
  return name === undefined ? { status: undefined } : answers(name.toLowerCase() === 'debian')
}

/** New owner of a file; which file is laid out where depends on the scripts alone (diversions.ts). */
const divert: Program = (call) => {
  const { words, shell, cause } = call
  const { action, by, to, file } = parseWords(words)
  const held = file === undefined ? undefined : heldAt(call, `diversion ${file}`)
  const known = held?.fact?.kind === 'diversion' ? held.fact : undefined
  if (file === undefined || (held !== undefined && held.fact === undefined))
    return { status: undefined, output: undefined }
  if (action === 'add' && to !== undefined)
    shell.state.facts.set(`diversion ${file}`, { fact: { kind: 'diversion', to, by: by ?? '' }, cause })
  else if (action === 'remove' && known?.by === by)
    shell.state.facts.set(`diversion ${file}`, { fact: { kind: 'absent' }, cause })
  if (words.includes('--truename')) return { status: 0, output: `${known?.to ?? file}\n` }
  if (words.includes('--listpackage')) return { status: 0, output: known === undefined ? '' : `${known.by}\n` }
  return { status: 0, output: known === undefined ? '' : undefined }
}

/**
 * The programs by name. dpkg-divert is read separately (diversions.ts); the maintainer-script helper does nothing in a first installation.
 */
export const dpkgPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['dpkg', dpkg],
  ['dpkg-query', query],
  ['dpkg-architecture', architecture],
  ['dpkg-vendor', vendor],
  ['dpkg-statoverride', statoverride],
  ['dpkg-maintscript-helper', () => ({ status: 0 })],
  ['dpkg-trigger', () => ({ status: 0 })],
  ['dpkg-divert', divert],
])
