/** `slipway doctor`: checks what works on this machine, and names what would make the rest work. */
import { buildCommand, type Command } from '@stricli/core'
import { actionOptions, type CommonFlags, type Context, commonFlags, jsonFlag } from './context.ts'

interface Flags extends CommonFlags {
  readonly json?: boolean
}

async function run(this: Context, flags: Flags): Promise<void> {
  const { doctor } = await import('../actions/doctor.ts')
  const findings = await doctor(actionOptions(this, flags))
  if (flags.json) return this.print(JSON.stringify(findings))
  for (const { about, works, said, remedies } of findings) {
    this.print(`${works ? 'ok' : 'no'}  ${about}: ${said}`)
    for (const remedy of remedies) this.print(`      ${remedy}`)
  }
}

/** The command. */
export const doctorRoute: Command<Context> = buildCommand({
  docs: {
    brief: 'Check what works on this machine, and what would make the rest work',
    fullDescription:
      'Checks Node, the store, the lock, the sandboxes of shell commands (each is tried), the Debian mirrors (each is asked) and the container engines, and prints a line for each. Changes nothing outside the store.',
  },
  parameters: { flags: { json: jsonFlag, ...commonFlags } },
  func: run,
})
