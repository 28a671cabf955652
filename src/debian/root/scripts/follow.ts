/** Follows one maintainer script of one package (Debian Policy Manual, 6.5: its arguments). */
import { controlText, type RootPackage } from '../input.ts'
import { Endless, follow, newShell, type Shell } from '../shell/evaluate.ts'
import type { Held } from '../shell/facts.ts'
import { parseScript } from '../shell/parser.ts'
import { firstState, note, type State } from '../shell/state.ts'
import type { Command } from '../shell/syntax.ts'
import { programsOf } from './programs/all.ts'
import { answerKey, questionsOf } from './programs/debconf.ts'
import type { System } from './system.ts'

/** A script of a package's control archive. */
export type Script = 'config' | 'preinst' | 'postinst'

const words: Readonly<Record<Script, readonly string[]>> = {
  config: ['configure', ''],
  preinst: ['install'],
  postinst: ['configure', ''],
}

/** State in which a script ends; undefined if a package has none. */
export function followed(
  each: Pick<RootPackage, 'name' | 'control' | 'architecture'>,
  script: Script,
  system: System,
): State | undefined {
  const text = controlText(each, script)
  if (text === '') return undefined
  const state = firstState(words[script], variablesOf(each, script))
  const tree = isShell(text) ? parseScript(text) : undefined
  const from = { package: each.name, script, isGenerated: generatedParts(text) }
  const refused = tree === undefined ? unread(text) : endOf(newShell(state, programsOf(system), from), tree)
  const cause = { package: each.name, command: `${script}: ${text.split('\n', 1)[0] ?? ''}`, isGenerated: false }
  // The script of an installed package succeeded.
  if (refused === undefined && state.status !== undefined && state.status !== 0)
    note(state.notes, cause, `as slipway reads it, the script fails with status ${state.status}`)
  if (refused === undefined) return state
  const whole = firstState(words[script], state.variables)
  note(whole.notes, cause, refused)
  return whole
}

function unread(text: string): string {
  return isShell(text) ? 'slipway cannot read this script' : 'slipway reads shell scripts only'
}

/** Follows a script to its end, or records the reason why it cannot. */
function endOf(shell: Shell, tree: Command): string | undefined {
  try {
    follow(shell, tree)
    return undefined
  } catch (error) {
    if (error instanceof Endless) return 'this script takes too many steps to follow'
    throw error
  }
}

/** Default answers to packages' questions. */
export function answersOf(packages: readonly Pick<RootPackage, 'control'>[]): Map<string, Held> {
  const answers = new Map<string, Held>()
  for (const each of packages) {
    for (const [question, text] of questionsOf(controlText(each, 'templates')))
      answers.set(answerKey(question), {
        fact: text === undefined ? undefined : { kind: 'answer', text },
        cause: nobody,
      })
  }
  return answers
}

const nobody = { package: '', command: '', isGenerated: true }

/** Tells whether a script is for a shell, by its first line. */
function isShell(script: string): boolean {
  return /^#! ?\S*\/(env )?(ba|da|k)?sh\b/.test(script)
}

// dpkg(1), "ENVIRONMENT"; the following variables belong to the machine.
const ofTheMachine = [
  ...['HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LANGUAGE', 'TERM', 'SHELL', 'DISPLAY', 'TZ', 'HOSTNAME', 'RANDOM'],
  ...['UID', 'EUID', 'SUDO_USER', 'SUDO_UID'],
]

function variablesOf(
  { name, architecture }: Pick<RootPackage, 'name' | 'architecture'>,
  script: Script,
): State['variables'] {
  const known = {
    DPKG_MAINTSCRIPT_PACKAGE: name,
    DPKG_MAINTSCRIPT_NAME: script,
    DPKG_MAINTSCRIPT_ARCH: architecture,
    DPKG_ROOT: '',
    DPKG_ADMINDIR: '/var/lib/dpkg',
    DEBIAN_FRONTEND: 'noninteractive',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    PWD: '/',
  }
  const variables: State['variables'] = new Map(
    ofTheMachine.map((key) => [key, { value: undefined, isSet: undefined }]),
  )
  for (const [key, value] of Object.entries(known)) variables.set(key, { value, isSet: true })
  return variables
}

/** Tells whether an offset is in a part that debhelper generated. */
function generatedParts(text: string): (at: number) => boolean {
  const parts = [...text.matchAll(/^# Automatically added by [\s\S]*?^# End automatically added section/gm)].map(
    ({ index, 0: whole }) => [index, index + whole.length] as const,
  )
  return (at) => parts.some(([start, end]) => at >= start && at < end)
}
