/** Converts a registry's error response (OCI distribution specification, "Error Codes") to one error for the user. */
import { type Digest, isDigest } from '../base/digest.ts'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { BuildError, type Code } from '../base/error.ts'
import { readBody } from '../net/document.ts'
import type { Answer, Asking } from '../net/exchange.ts'
import { shownUrl } from '../net/redact.ts'

/** Maximum number of bytes of an error's body to read. */
const mostRead = 65_536
/** Maximum number of characters of the server's message to show. */
const mostShown = 200

/** Digest of what a registry says that it has stored, if that is not what was sent. */
export function otherDigest(answer: Answer, sent: Digest): Digest | undefined {
  const stored = answer.header('docker-content-digest')
  return stored !== undefined && isDigest(stored) && stored !== sent ? stored : undefined
}

/** Error for an unexpected response. Reads the body, or drops it. */
export async function refusal(answer: Answer, what: string, asking: Asking): Promise<BuildError> {
  const { status, url } = answer
  const said = await saidIn(answer, asking)
  const code = codeFor(status)
  const fact = `${what}: ${url.host} answered with status ${status}${said === '' ? '' : ` (${said})`}.`
  return new BuildError(code, `${fact} ${remedies[code] ?? ''}`.trim(), { url: shownUrl(url), status })
}

/** What the registry says in an error's body; empty if that is nothing. Reads the body, or drops it. */
export async function saidIn(answer: Answer, asking: Asking): Promise<string> {
  return wordsIn(await readBody(answer, mostRead, asking).catch(() => new Uint8Array()))
}

function codeFor(status: number): Code {
  if (status === 401 || status === 403) return 'registry.denied'
  return status === 404 ? 'registry.not-found' : 'registry.refused'
}

const remedies: Readonly<Partial<Record<Code, string>>> = {
  'registry.denied': 'Log in with `slipway login`, or check the name and what this user may do.',
  'registry.not-found': 'Check the name and the tag.',
  'registry.refused': 'Try again later, or ask the operator of the registry.',
}

/** Codes and messages from the body, on one line, without anything that a terminal would interpret. */
function wordsIn(body: Uint8Array): string {
  const value = jsonIn(Buffer.from(body).toString('utf8'))
  const errors = isPlainObject(value) && Array.isArray(value.errors) ? value.errors : []
  const words = errors.flatMap((error: unknown) => {
    if (!isPlainObject(error)) return []
    return [[error.code, error.message].filter((part) => typeof part === 'string' && part !== '').join(': ')]
  })
  const text = words.join('; ').replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ')
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text
}
