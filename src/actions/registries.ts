/** Opens registries with this machine's settings: the login files, certificates, mirrors and proxies of docker, podman and skopeo. */
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fail, messageOf } from '../base/error.ts'
import { type Proxies, proxyFor } from '../net/proxy.ts'
import { checkCertDir, tlsFor } from '../registry/certificates.ts'
import { openRegistries, type Registries } from '../registry/client.ts'
import { type DockerDaemon, parseDockerDaemon } from '../registry/docker-daemon.ts'
import { type Logins, loginFor } from '../registry/login.ts'
import { checkLoginFile, type LoginFiles, loginsIn } from '../registry/login-files.ts'
import { mirrorsBy, type RegistryRule } from '../registry/mirrors.ts'
import { parseMirror, parseRegistriesConf } from '../registry/registries-conf.ts'
import { isMissing, readRegularFile } from '../store/regular-file.ts'

/** Settings of the access to registries. */
export interface RegistrySettings {
  /** Login to one registry, instead of those in login files. */
  readonly credentials?: RegistryCredentials
  /** Path of the login file. Default: `$REGISTRY_AUTH_FILE`, else podman's and docker's. */
  readonly authFile?: string
  /** Whether certificates are verified and plain HTTP is refused; registries on this machine may always use HTTP. Default: true. */
  readonly tlsVerify?: boolean
  /** Directory with `*.crt`, `*.cert` and `*.key` for all hosts. Default: the directories `certs.d`. */
  readonly certDir?: string
  /**
   * Mirrors to read from, before those of `registries.conf` and docker's `daemon.json`: `host[/path]` for Docker Hub, or `registry=host[/path]`. Default: none.
   *
   * @example ['mirror.example', 'quay.io=mirror.example/quay']
   */
  readonly mirrors?: readonly string[]
}

/** A login to one registry. */
export interface RegistryCredentials {
  /** Name of the user. */
  readonly user: string
  /** Password or access token. */
  readonly password: string
  /** The registry, as host or host:port. Default: the one that the call names. */
  readonly registry?: string
}

/** Settings whose login, if there is one, has its registry. */
export type BoundSettings = Omit<RegistrySettings, 'credentials'> & {
  readonly credentials?: Required<RegistryCredentials>
}

type Environment = Readonly<Record<string, string | undefined>>

/** Opens registries with the machine's settings. @throws BuildError registry.credentials, argument.invalid */
export async function registriesOf(
  { tlsVerify = true, ...settings }: BoundSettings,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<Registries> {
  const before = (settings.mirrors ?? []).map(parseMirror)
  const rules = await registryRules(environment)
  const docker = dockerDaemon(environment)
  const insecure = (host: string): boolean =>
    !tlsVerify || docker.insecure(host) || isInsecure([...before, ...rules, ...docker.mirrors], host)
  const { certDir } = settings
  if (certDir !== undefined) checkCertDir(certDir)
  if (settings.authFile !== undefined) checkLoginFile(settings.authFile)
  const certificates = {
    roots: certificateRoots(environment),
    ...(certDir === undefined ? {} : { directory: certDir }),
    authorities: [named(environment, 'NIX_SSL_CERT_FILE')].filter((file) => file !== undefined),
    verify: (host: string) => !insecure(host),
  }
  const proxies = proxiesIn(environment)
  return openRegistries({
    network: { proxy: (url) => proxyFor(url, proxies), tls: tlsFor(certificates) },
    logins: loginsOf(settings, { environment, signal }),
    insecure,
    mirrors: mirrorsBy(rules, { before, after: docker.mirrors }),
    signal,
  })
}

/** Returns the login files to read, in order of precedence, and the one that `login` writes. */
export interface LoginPlaces extends LoginFiles {
  readonly written: string
}

/** Login files of this machine. */
export function loginFiles({ authFile }: Pick<RegistrySettings, 'authFile'>, environment: Environment): LoginPlaces {
  const given = authFile ?? named(environment, 'REGISTRY_AUTH_FILE')
  const home = homeIn(environment)
  const docker = join(named(environment, 'DOCKER_CONFIG') ?? join(home, '.docker'), 'config.json')
  if (given !== undefined) return { files: [given], written: given, environment }
  const runtime = named(environment, 'XDG_RUNTIME_DIR') ?? `/run/containers/${process.getuid?.() ?? 0}`
  const podman = named(environment, 'XDG_RUNTIME_DIR') === undefined ? runtime : join(runtime, 'containers')
  const files = [join(podman, 'auth.json'), join(configIn(environment), 'containers', 'auth.json'), docker]
  return { files, written: docker, environment }
}

function loginsOf(
  { credentials, authFile }: BoundSettings,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Logins {
  const files = loginsIn({ ...loginFiles(authFile === undefined ? {} : { authFile }, environment), signal })
  if (credentials === undefined) return files
  const { registry, ...login } = credentials
  return loginFor(registry, login, files)
}

/** Returns the proxies, from the variables that docker and skopeo read. */
function proxiesIn(environment: Environment): Proxies {
  const variable = (name: string): string => named(environment, name) ?? named(environment, name.toLowerCase()) ?? ''
  return { http: variable('HTTP_PROXY'), https: variable('HTTPS_PROXY'), except: variable('NO_PROXY') }
}

async function registryRules(environment: Environment): Promise<readonly RegistryRule[]> {
  const given = named(environment, 'CONTAINERS_REGISTRIES_CONF')
  const own = join(configIn(environment), 'containers')
  const folders = ['/etc/containers/registries.conf.d', join(own, 'registries.conf.d')]
  const main = [join(own, 'registries.conf'), '/etc/containers/registries.conf'].find(
    (file) => textOf(file) !== undefined,
  )
  const files = given === undefined ? [...(main === undefined ? [] : [main]), ...folders.flatMap(confFiles)] : [given]
  // Later files override earlier ones.
  const rules = new Map<string, RegistryRule>()
  for (const file of files)
    for (const rule of await parseRegistriesConf(textOf(file) ?? '', file)) rules.set(rule.prefix, rule)
  return [...rules.values()]
}

function dockerDaemon(environment: Environment): DockerDaemon {
  const files = [join(configIn(environment), 'docker/daemon.json'), '/etc/docker/daemon.json']
  const file = files.find((each) => textOf(each) !== undefined)
  return parseDockerDaemon(file === undefined ? '' : (textOf(file) ?? ''), file ?? '')
}

function isInsecure(rules: readonly RegistryRule[], host: string): boolean {
  return rules.some(
    ({ location, insecure, mirrors }) =>
      (insecure && location.split('/')[0] === host) ||
      mirrors.some((mirror) => mirror.insecure && mirror.location.split('/')[0] === host),
  )
}

function certificateRoots(environment: Environment): readonly string[] {
  return [join(configIn(environment), 'containers/certs.d'), '/etc/containers/certs.d', '/etc/docker/certs.d']
}

function confFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Text of a file; undefined if there is none, or none that this user may read. */
function textOf(file: string): string | undefined {
  try {
    return readRegularFile(file).toString('utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    return fail('registry.credentials', `${file} cannot be read: ${messageOf(cause)}.`, {
      remedy: 'Correct or remove it.',
      cause,
      detail: { file },
    })
  }
}

function configIn(environment: Environment): string {
  return named(environment, 'XDG_CONFIG_HOME') ?? join(homeIn(environment), '.config')
}

function homeIn(environment: Environment): string {
  return named(environment, 'HOME') ?? homedir()
}

function named(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  return value === '' ? undefined : value
}
