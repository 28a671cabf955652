/** Every known program, and the treatment of unknown ones. */
import type { Call, Done, Programs, Shell } from '../../shell/evaluate.ts'
import { note } from '../../shell/state.ts'
import { glob, textOf, write } from '../disk.ts'
import type { Program, System } from '../system.ts'
import { accountPrograms } from './account-programs.ts'
import { builtins } from './builtins.ts'
import { setcap } from './capabilities.ts'
import { configurationPrograms } from './configuration.ts'
import { cp, ln, mv, rm, rmdir } from './copies.ts'
import { debconfPrograms } from './debconf.ts'
import { install, mkdir, touch } from './directories.ts'
import { dpkgPrograms } from './dpkg.ts'
import { editPrograms } from './edits.ts'
import { harmless, isService } from './harmless.ts'
import { chgrp, chmod, chown } from './owners.ts'
import { doubleBrackets, test } from './test.ts'
import { textPrograms } from './text.ts'

/** Names that scripts must not redefine: their own functions of these names are not followed. */
const own: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...builtins,
  ...debconfPrograms,
  ['apache2_invoke', configurationPrograms.get('apache2_invoke') ?? (() => undefined)],
])

const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...textPrograms,
  ...dpkgPrograms,
  ...accountPrograms,
  ...configurationPrograms,
  ...editPrograms,
  ['test', test],
  ['[', test],
  ['[[', doubleBrackets],
  ['chown', chown],
  ['chgrp', chgrp],
  ['chmod', chmod],
  ['mkdir', mkdir],
  ['touch', touch],
  ['install', install],
  ['cp', cp],
  ['mv', mv],
  ['ln', ln],
  ['rm', rm],
  ['rmdir', rmdir],
  ['setcap', setcap],
])

/** Programs of a system. */
export function programsOf(system: System): Programs {
  const call = (program: Program | undefined, { name, words, cause }: Call, shell: Shell): Done | undefined =>
    program?.({ name, words, cause, shell, system })
  return {
    run: (asked, shell) => {
      if (!shell.state.functions.has(asked.name)) system.sees?.(asked)
      return (
        call(own.get(asked.name), asked, shell) ??
        (shell.state.functions.has(asked.name)
          ? undefined
          : call(programs.get(withoutFolder(asked.name)), asked, shell))
      )
    },
    otherwise: (asked, shell) => otherwise(asked, shell),
    glob: (pattern, shell) => glob({ shell, system }, pattern),
    read: (name, shell) => textOf({ shell, system }, name),
    write: (file, shell, cause) => write({ shell, system }, file, cause),
  }
}

function withoutFolder(name: string): string {
  return name.replace(/^\/(usr\/)?s?bin\//, '')
}

/** The name alone, also of a program that a library keeps for itself below /usr/lib. */
function withoutLibrary(name: string): string {
  return withoutFolder(name.replace(/^\/usr\/lib\/(.*\/)?/, ''))
}

function otherwise({ name, cause }: Call, { state }: Shell): Done {
  if (!harmless.has(withoutLibrary(name)) && !isService(name)) note(state.notes, cause, 'slipway does not run programs')
  return { status: undefined, output: undefined }
}
