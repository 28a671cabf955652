/** Reads passwords from standard input, or from the terminal without echoing them. */
import { fail } from '../base/error.ts'

/** Reads standard input, without the line break at its end. @throws BuildError argument.invalid - it is empty, or too long for a password */
export async function readPassword(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes)
      fail('argument.invalid', `Standard input is longer than ${maxBytes} bytes.`, {
        remedy: 'Pass the password alone.',
      })
    chunks.push(bytes)
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password !== '') return password
  return fail('argument.invalid', 'The password on standard input is empty.', {
    remedy: 'Check the command or the file that it comes from.',
  })
}

const maxBytes = 65_536

/** Asks for one line on the terminal. @param how - "hidden": without echo. */
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

/** Tells whether standard input is a terminal. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true
}
