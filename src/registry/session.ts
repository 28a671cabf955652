/**
 * One registry host: its address, its authorization, and how it is asked.
 *
 * HTTPS, unless the host is this machine or was named insecure: then plain HTTP is tried where the server speaks no TLS. Credentials go to
 * the registry's own origin, wherever its answers point.
 */
import { BuildError, fail } from '../base/error.ts'
import { type Answer, type Asking, drop, exchange, type Request } from '../net/exchange.ts'
import { retrying, statusPasses } from '../net/retry.ts'
import { authorizer } from './authorize.ts'
import type { Login } from './login.ts'
import { isLoopback } from './name.ts'

/** How a host is reached. */
export interface SessionOptions extends Asking {
  /** Host and port. */
  readonly host: string
  /** Where the host answers, see `originOf`. */
  readonly origin: () => Promise<URL>
  readonly login: () => Promise<Login | undefined>
}

/** An open session. */
export interface Session {
  readonly host: string
  /** An address on the registry. */
  address(path: string): Promise<URL>
  /**
   * Sends a request, with the credentials that the host asks for; repeats what may pass.
   *
   * @param scope - what the request needs, as "repository:NAME:pull".
   * @returns any answer but those that may pass; the body must be read or dropped.
   */
  send(url: URL, request: Request, scope: string): Promise<Answer>
  /** The same, once: what may pass is thrown as `Passing`. */
  sendOnce(url: URL, request: Request, scope: string): Promise<Answer>
}

/** A session with a host. Nothing is asked before the first request. */
export function openSession({ host, origin, login, ...asking }: SessionOptions): Session {
  const authorization = authorizer({ login, ...asking })
  const sendOnce = async (url: URL, request: Request, scope: string): Promise<Answer> => {
    const isOwn = url.origin === (await origin()).origin
    // A challenge, and one that comes when a token has expired; whoever asks for more is not satisfied by anything.
    for (let attempt = 0; ; attempt++) {
      const used = isOwn ? await authorization.header(scope) : undefined
      const answer = await exchange(url, withAuthorization(request, used), asking)
      if (answer.status !== 401 || !isOwn || attempt === 2) return answer
      if (!(await authorization.answer(answer, scope, used))) return answer
      await drop(answer)
    }
  }
  return {
    host,
    address: async (path) => new URL(path, await origin()),
    sendOnce,
    send: (url, request, scope) => retrying(() => sendOnce(url, request, scope), { url, ...asking }),
  }
}

function withAuthorization(request: Request, authorization: string | undefined): Request {
  const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) }
  return { accepts: (status) => !statusPasses(status), ...request, headers }
}

/** Where a host answers: over TLS, or, where that is allowed, without. @throws BuildError registry.invalid */
export async function originOf(host: string, insecure: boolean, asking: Asking): Promise<URL> {
  const url = URL.parse(`https://${host}/`)
  if (url === null || url.pathname !== '/' || url.username !== '')
    return fail('registry.invalid', `${JSON.stringify(host)} is not a valid host.`, {
      remedy: 'Write it as host or host:port.',
      detail: { host },
    })
  if (!insecure && !isLoopback(url.host)) return url
  const plain = new URL(url)
  plain.protocol = 'http:'
  // Without a port each has its own.
  return (await speaksTls(url, asking)) ? url : plain
}

async function speaksTls(url: URL, asking: Asking): Promise<boolean> {
  try {
    await drop(await exchange(new URL('/v2/', url), { accepts: () => true, patience: 10_000 }, asking))
    return true
  } catch (thrown) {
    asking.signal.throwIfAborted()
    // A server with a certificate that is not trusted speaks TLS: it is not asked in the clear instead.
    return thrown instanceof BuildError && thrown.code === 'network.certificate' && !isProtocolError(thrown)
  }
}

function isProtocolError({ detail }: BuildError): boolean {
  return /^(ERR_SSL_|EPROTO)/.test(String(detail.reason))
}
