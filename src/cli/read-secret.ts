/** Passwords: from standard input, or asked for on the terminal without showing them. */
import { fail } from '../base/error.ts'

/** What is on standard input, without the line break at its end. @throws BuildError argument.invalid - more than a password can have */
export async function readPassword(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > mostBytes)
      fail('argument.invalid', `Standard input has more than ${mostBytes} bytes.`, { remedy: 'Give a password alone.' })
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

const mostBytes = 65_536

/** Asks for one line. @param how - "hidden": nothing of it is shown */
export async function askLine(question: string, how: 'shown' | 'hidden'): Promise<string> {
  const { createInterface } = await import('node:readline')
  const { Writable } = await import('node:stream')
  process.stderr.write(question)
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      if (how === 'shown') process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('close', () => reject(new Error('the terminal was closed')))
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    })
  } finally {
    lines.close()
    if (how === 'hidden') process.stderr.write('\n')
  }
}

/** Whether somebody sits at standard input. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true
}
