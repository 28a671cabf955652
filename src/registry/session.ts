/**
 * A session with one registry host: its address, its authorization, and its requests.
 *
 * HTTPS, unless the host is this machine or was marked insecure: then plain HTTP is tried if the server does not speak TLS. Credentials go
 * to the registry's own origin only, wherever its responses point.
 */
import { BuildError, fail } from '../base/error.ts'
import { type Answer, type Asking, drop, exchange, type Request } from '../net/exchange.ts'
import { retrying, statusPasses } from '../net/retry.ts'
import { saidIn } from './answer.ts'
import { authorizer } from './authorize.ts'
import type { Login } from './login.ts'
import { isLoopback } from './name.ts'

/** How to reach a host. */
export interface SessionOptions extends Asking {
  /** Host and port. */
  readonly host: string
  /** Origin at which the host answers, see `originOf`. */
  readonly origin: () => Promise<URL>
  readonly login: () => Promise<Login | undefined>
}

/** An open session. */
export interface Session {
  readonly host: string
  /** An address on the registry. */
  address(path: string): Promise<URL>
  /**
   * Sends a request, with the credentials that the host asks for; retries temporary failures.
   *
   * @param scope - scope that the request needs, such as "repository:NAME:pull".
   * @returns any response except temporary failures; the body must be read or dropped.
   */
  send(url: URL, request: Request, scope: string): Promise<Answer>
  /** The same, without retries: a temporary failure is thrown as `Passing`. */
  sendOnce(url: URL, request: Request, scope: string): Promise<Answer>
}

/** Creates a session with a host. Sends nothing before the first request. */
export function openSession({ host, origin, login, ...asking }: SessionOptions): Session {
  const authorization = authorizer({ login, ...asking })
  const sendOnce = async (url: URL, request: Request, scope: string): Promise<Answer> => {
    const { origin: own } = await origin()
    const isOwn = url.origin === own
    // One challenge, and another if a token has expired; a server that asks for more is never satisfied.
    for (let attempt = 0; ; attempt++) {
      const used = isOwn ? await authorization.header(scope) : undefined
      const answer = await exchange(url, withAuthorization(request, used, asking), asking).catch((thrown: unknown) => {
        throw isOwn ? explained(thrown, host) : thrown
      })
      // The target of a redirect would name a token server of its own.
      const isAsked = answer.status === 401 && isOwn && answer.url.origin === own
      if (!isAsked || attempt === 2) return answer
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

/** Says where a registry's certificate can be made known. */
function explained(thrown: unknown, host: string): unknown {
  if (!(thrown instanceof BuildError) || thrown.code !== 'network.certificate' || isProtocolError(thrown)) return thrown
  const fact = `The certificate of ${host} cannot be trusted: ${thrown.detail.reason}.`
  const place = `~/.config/containers/certs.d/${host}/ca.crt`
  const remedy = `Write the certificate of its authority to ${place}, or accept any certificate with --tls-verify=false.`
  return new BuildError(thrown.code, `${fact} ${remedy}`, thrown.detail, thrown)
}

function withAuthorization(request: Request, authorization: string | undefined, asking: Asking): Request {
  const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) }
  const accepts = (status: number): boolean => !statusPasses(status)
  return { accepts, said: (answer) => saidIn(answer, asking), ...request, headers }
}

/** Finds the origin of a host: over TLS or, if allowed, without. @throws BuildError registry.invalid */
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
  // Without a port each scheme has its default.
  return (await speaksTls(url, asking)) ? url : plain
}

async function speaksTls(url: URL, asking: Asking): Promise<boolean> {
  try {
    await drop(await exchange(new URL('/v2/', url), { accepts: () => true, patience: 10_000 }, asking))
    return true
  } catch (thrown) {
    asking.signal.throwIfAborted()
    if (thrown instanceof BuildError && !thrown.code.startsWith('network.')) throw thrown
    // A server with an untrusted certificate speaks TLS, so there is no fallback to plain HTTP.
    return thrown instanceof BuildError && thrown.code === 'network.certificate' && !isProtocolError(thrown)
  }
}

function isProtocolError({ detail }: BuildError): boolean {
  return /^(ERR_SSL_|EPROTO)/.test(String(detail.reason))
}
