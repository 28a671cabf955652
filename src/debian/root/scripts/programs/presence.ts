/** Determines which programs a script finds. */
import { look } from '../disk.ts'
import type { ProgramCall } from '../system.ts'
import { helpers } from './helpers.ts'

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']

/**
 * Tells whether a command exists: a program of the image, one of the script's functions, or one of every machine that configures packages.
 * @returns its file, true if it has none
 */
export function isCommand(call: ProgramCall, name: string): string | boolean | undefined {
  if (name.startsWith('/')) return isProgram(call, name) === true ? name : isProgram(call, name)
  if (call.shell.state.functions.has(name)) return true
  if (helpers.has(name)) return `${helpers.get(name)}/${name}`
  if (call.system.files === undefined) return undefined
  for (const folder of folders) if (isProgram(call, `${folder}/${name}`) === true) return `${folder}/${name}`
  return false
}

function isProgram(call: ProgramCall, name: string): boolean | undefined {
  const at = look(call, name)
  if (at.kind === 'undecided') return undefined
  return at.kind === 'entry' && at.entry.kind === 'file' && (at.entry.metadata.mode & 0o111) !== 0
}
