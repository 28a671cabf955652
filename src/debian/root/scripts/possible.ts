/**
 * Commands that a package's scripts may run in a first installation, as far as the scripts alone tell: both branches of every undecided
 * condition.
 */
import { noAccounts } from '../account-database.ts'
import { controlText, type RootPackage } from '../input.ts'
import type { ScriptCommand } from './command.ts'
import { answersOf, followed, type Script } from './follow.ts'

/** Commands of preinst and postinst, in order. */
export function possibleCommands(of: Pick<RootPackage, 'name' | 'control'>): readonly ScriptCommand[] {
  const commands: ScriptCommand[] = []
  const around = {
    files: undefined,
    hides: () => false,
    ships: () => false,
    namesIn: () => [],
    architecture: '',
    packages: new Map<string, string>(),
    accounts: noAccounts,
    settled: answersOf([of]),
    sees: ({ name, words }: ScriptCommand) => void commands.push({ name, words }),
  }
  for (const script of scripts) followed({ ...of, architecture: '' }, script, around)
  return commands
}

const scripts: readonly Script[] = ['preinst', 'postinst']

/** Tells whether a package has a script that could call a program. */
export function mentions(of: Pick<RootPackage, 'control'>, program: string): boolean {
  return scripts.some((script) => controlText(of, script).includes(program))
}
