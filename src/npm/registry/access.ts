/** Access to npm registries: tokens, proxies and certificates from the settings (npmrc.ts). */
import { isAbsolute, join } from 'node:path'
import type { Access, Network, TlsSettings } from '../../net/network.ts'
import type { Machine } from '../../source/package.ts'
import { type NpmConfig, settingOf } from './npmrc.ts'

/** Returns the access settings of a project. @param directory - base of relative file names. */
export function accessOf(config: NpmConfig, directory: string, machine: Machine): Access {
  return {
    network: networkOf(config, directory, machine),
    authorization: (url) => authorizationFor(url, config),
    unauthorized: (url) => whyUnauthorized(url, config),
  }
}

/**
 * Returns the `authorization` header for an address: that of the longest setting with the same host and a path that is a prefix of its path, as in
 * `//registry.example/team/:_authToken`.
 */
export function authorizationFor(url: URL, config: NpmConfig): string | undefined {
  const given = credentialsFor(url, config)
  return given === undefined || doubtOf(given) !== undefined ? undefined : headerOf(given)
}

/** Tells why the credentials that the settings have for an address are not sent; undefined if they are, or if there are none. */
function whyUnauthorized(url: URL, config: NpmConfig): string | undefined {
  const given = credentialsFor(url, config)
  const doubt = given === undefined ? undefined : doubtOf(given)
  return doubt === undefined ? undefined : `The credentials for it in npm's settings ${doubt}.`
}

/** Values of settings. */
type Credentials =
  | { readonly token: string }
  | { readonly basic: string }
  | { readonly user: string; readonly password: string }

function credentialsFor(url: URL, config: NpmConfig): Credentials | undefined {
  for (const scope of scopesOf(url)) {
    const value = (suffix: string): string | undefined => settingOf(config, `${scope}:${suffix}`)
    const [token, basic, user, password] = [value('_authToken'), value('_auth'), value('username'), value('_password')]
    if (token !== undefined) return { token }
    if (basic !== undefined) return { basic }
    if (user !== undefined && password !== undefined) return { user, password }
  }
  return undefined
}

function headerOf(given: Credentials): string {
  if ('token' in given) return `Bearer ${given.token}`
  if ('basic' in given) return `Basic ${given.basic}`
  const plain = Buffer.from(given.password, 'base64').toString('utf8')
  return `Basic ${Buffer.from(`${given.user}:${plain}`, 'utf8').toString('base64')}`
}

/** A variable that is not set stays as it is written (npmrc.ts). */
function doubtOf(given: Credentials): string | undefined {
  const text = Object.values(given).join(' ')
  const unset = /\$\{([^${}?]+)\}/.exec(text)?.[1]
  if (unset !== undefined) return `name the variable ${unset}, which is not set`
  return /[^\t\x20-\x7e\x80-\xff]/.test(text)
    ? 'have a line break or another character that no header may have'
    : undefined
}

/** Yields the possible prefixes of settings for an address: "//host/a/b", "//host/a/", "//host/a", "//host/" and "//host". */
function scopesOf({ host, pathname }: URL): readonly string[] {
  const scopes: string[] = []
  for (let scope = `//${host}${pathname}`; scope.length > 2; scope = scope.replace(/([^/]+|\/)$/, ''))
    scopes.push(scope)
  return scopes
}

function networkOf(config: NpmConfig, directory: string, { environment, textOf }: Machine): Network {
  const variable = (name: string): string | undefined => environment[name] ?? environment[name.toUpperCase()]
  const http = settingOf(config, 'proxy') ?? variable('http_proxy')
  const https = settingOf(config, 'https-proxy') ?? variable('https_proxy') ?? http
  const noProxy = [...(config.get('noproxy') ?? [])].join(',') || variable('no_proxy')
  const file = (name: string): string => textOf(absolute(name, directory, environment))
  return {
    httpProxy: isOff(http) ? '' : (http ?? ''),
    httpsProxy: isOff(https) ? '' : (https ?? ''),
    noProxy: noProxy ?? '',
    tls: (url) => tlsFor(url, config, file),
  }
}

/** npm treats `proxy=false` as no proxy. */
function isOff(proxy: string | undefined): boolean {
  return proxy === 'false'
}

function tlsFor(url: URL, config: NpmConfig, file: (name: string) => string): TlsSettings | undefined {
  const scoped = (suffix: string): string | undefined =>
    scopesOf(url)
      .map((scope) => settingOf(config, `${scope}:${suffix}`))
      .find((value) => value !== undefined)
  const bundle = scoped('cafile') ?? settingOf(config, 'cafile')
  const inline = (config.get('ca') ?? [])
    .map((text) => text.replaceAll('\\n', '\n'))
    .filter((text) => text.includes('-----BEGIN'))
  const authorities = [...inline, ...(bundle === undefined ? [] : certificatesIn(file(bundle)))]
  const [certificate, key] = [scoped('certfile'), scoped('keyfile')]
  const isVerified = settingOf(config, 'strict-ssl') !== 'false'
  if (authorities.length === 0 && certificate === undefined && isVerified) return undefined
  return {
    authorities,
    verify: isVerified,
    ...(certificate === undefined || key === undefined ? {} : { certificate: file(certificate), key: file(key) }),
  }
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}

function absolute(name: string, directory: string, environment: Machine['environment']): string {
  if (name.startsWith('~/')) return join(environment.HOME ?? '', name.slice(2))
  return isAbsolute(name) ? name : join(directory, name)
}
