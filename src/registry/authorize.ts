/**
 * Authorization for one registry: answers its challenges with a login or anonymously.
 *
 * Basic credentials go only to the registry, and to the token server that it names over an equally secure connection. Tokens are kept per
 * scope and renewed when the registry no longer accepts them, so a long push outlives any of them (distribution's "token" specification).
 */

import { contentOf } from '../base/bytes.ts'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { BuildError, fail } from '../base/error.ts'
import { readBody } from '../net/document.ts'
import { type Answer, type Asking, basicAuthorization, exchange, type Request } from '../net/exchange.ts'
import { shownUrl } from '../net/redact.ts'
import { retrying, statusPasses } from '../net/retry.ts'
import { refusal, saidIn } from './answer.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Login } from './login.ts'
import { isLoopback } from './name.ts'

/** Authenticates requests to a registry. */
export interface Authorizer {
  /** `authorization` header for a scope, as far as it is known. */
  header(scope: string): Promise<string | undefined>
  /**
   * Answers the challenge of a 401, so that `header` returns something new.
   *
   * @param used - the refused header; another may have been obtained meanwhile.
   * @returns false if nothing new can be offered.
   */
  answer(refused: Answer, scope: string, used: string | undefined): Promise<boolean>
}

/** The registry and its login. */
export interface AuthorizerOptions extends Asking {
  readonly login: () => Promise<Login | undefined>
}

/** Maximum size of a token server's response, in bytes. */
const mostTokenBytes = 1_048_576

/** Creates an authorizer for a registry. */
export function authorizer(options: AuthorizerOptions): Authorizer {
  const headers = new Map<string, Promise<string | undefined>>()
  return {
    header: async (scope) => headers.get(scope) ?? headers.get(''),
    answer: async (refused, scope, used) => {
      const now = await (headers.get(scope) ?? headers.get(''))
      if (now !== undefined && now !== used) return true
      const challenges = parseChallenges(refused.headers('www-authenticate'))
      const fetched = newHeader(challenges, { refused, scope, used }, options)
      // One request for all who wait.
      const key = challenges.some(({ scheme }) => scheme === 'bearer') ? scope : ''
      headers.set(key, fetched)
      try {
        const header = await fetched
        return header !== undefined && header !== used
      } catch (thrown) {
        headers.delete(key)
        throw thrown
      }
    },
  }
}

interface Asked {
  readonly refused: Answer
  readonly scope: string
  readonly used: string | undefined
}

async function newHeader(
  challenges: readonly Challenge[],
  asked: Asked,
  options: AuthorizerOptions,
): Promise<string | undefined> {
  const login = await options.login()
  if (login !== undefined && 'registryToken' in login) return `Bearer ${login.registryToken}`
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, asked, { ...options, login })}`
  const basic = challenges.some(({ scheme }) => scheme === 'basic')
  return basic && login !== undefined && 'user' in login ? basicAuthorization(login) : undefined
}

async function fetchToken(
  { parameters }: Challenge,
  { refused, scope }: Asked,
  { login, network, signal }: Asking & { readonly login: Login | undefined },
): Promise<string> {
  const realm = realmOf(parameters.get('realm') ?? '', refused.url)
  const service = parameters.get('service')
  checkRealm(realm, refused.url, login)
  const request = tokenRequest(realm, { service, scope, login })
  const asking = { network, signal }
  const ask = async (): Promise<Uint8Array> => {
    const accepts = (status: number): boolean => !statusPasses(status)
    const answer = await exchange(
      request.url,
      { ...request.request, accepts, said: (refused) => saidIn(refused, asking), follows: 'origin' },
      asking,
    )
    if (answer.status !== 200)
      throw await refusal(answer, `No token for ${scope === '' ? 'the registry' : scope}`, asking)
    return readBody(answer, mostTokenBytes, asking)
  }
  return tokenIn(await retrying(ask, { url: realm, ...asking }), realm)
}

/** A relative realm is on the registry itself; credentials in an address are ignored. */
function realmOf(text: string, registry: URL): URL {
  const realm = URL.parse(text, registry.origin)
  if (realm === null || (realm.protocol !== 'https:' && realm.protocol !== 'http:'))
    return fail('registry.invalid', `${registry.host} names the token server ${JSON.stringify(text.slice(0, 200))}.`, {
      remedy: 'Ask the operator of the registry: this is not a valid address.',
      detail: { host: registry.host },
    })
  realm.username = ''
  realm.password = ''
  realm.hash = ''
  return realm
}

/** Never sends a password unencrypted, even if a registry asks for that. */
function checkRealm(realm: URL, registry: URL, login: Login | undefined): void {
  if (login === undefined || realm.protocol === 'https:' || isLoopback(realm.host)) return
  if (registry.protocol === 'http:' && realm.host === registry.host) return
  fail('registry.denied', `${registry.host} asks for the login to be sent unencrypted to ${shownUrl(realm)}.`, {
    remedy: 'Nothing was sent. Ask the operator of the registry for a token server with TLS.',
    detail: { host: registry.host },
  })
}

function tokenRequest(
  realm: URL,
  {
    service,
    scope,
    login,
  }: { readonly service: string | undefined; readonly scope: string; readonly login: Login | undefined },
): { readonly url: URL; readonly request: Request } {
  const asked = new URLSearchParams()
  if (service !== undefined) asked.set('service', service)
  for (const each of scope.split(' ')) if (each !== '') asked.append('scope', each)
  if (login !== undefined && 'identityToken' in login) {
    asked.set('scope', scope)
    asked.set('grant_type', 'refresh_token')
    asked.set('refresh_token', login.identityToken)
    asked.set('client_id', 'slipway')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { url: realm, request: { method: 'POST', headers, body: contentOf(asked.toString()) } }
  }
  const url = new URL(realm)
  for (const [key, value] of asked) url.searchParams.append(key, value)
  const headers = login !== undefined && 'user' in login ? { authorization: basicAuthorization(login) } : {}
  return { url, request: { headers } }
}

function tokenIn(bytes: Uint8Array, realm: URL): string {
  const value = jsonIn(Buffer.from(bytes).toString('utf8'))
  const { token, access_token: access } = isPlainObject(value) ? value : {}
  const found = [token, access].find((text) => typeof text === 'string' && text !== '')
  // A token with characters outside visible ASCII cannot be in a header.
  if (typeof found === 'string' && /^[\x21-\x7e]+$/.test(found)) return found
  throw new BuildError(
    'registry.invalid',
    `The token server ${shownUrl(realm)} sent no token. Ask the operator of the registry.`,
    { url: shownUrl(realm) },
  )
}
