/** npm itself: the installed one, or another release that an environment variable names. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { missing, run } from './command.ts'
import type { NpmTest, Packed } from './npm-project.ts'

/** An npm that tests run. */
export interface Npm {
  /** For names of tests. */
  readonly name: string
  readonly skip: string | false
  readonly words: readonly string[]
}

/** The installed npm. */
export const npmHere: Npm = { name: 'npm', skip: missing('npm'), words: ['npm'] }

/** npm 12: SLIPWAY_NPM_12 is its program, `bin/npm-cli.js`. */
export const npm12: Npm = {
  name: 'npm 12',
  skip: process.env.SLIPWAY_NPM_12 === undefined ? 'SLIPWAY_NPM_12 not set' : false,
  words: [process.execPath, process.env.SLIPWAY_NPM_12 ?? ''],
}

/** Lets the registry describe its packages, as npm asks for it. */
export function publishAll({ registry }: NpmTest, packages: readonly Packed[]): void {
  const documents = new Map<string, unknown>()
  for (const [name, versions] of Map.groupBy(packages, (packed) => packed.name)) {
    const described = versions.map(({ version, manifest, integrity, path }) => {
      const scripts: unknown = manifest.scripts
      const dist = { integrity, tarball: new URL(path, registry.url).href }
      return [version, { ...manifest, dist, ...(scripts === undefined ? {} : { hasInstallScript: true }) }] as const
    })
    documents.set(name, {
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(described),
    })
  }
  for (const packed of packages) registry.publish(packed)
  registry.answer = (request, response) => {
    const document = documents.get(decodeURIComponent(request.url ?? '').slice(1))
    if (document === undefined) return false
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document))
    return true
  }
}

/** Has npm make the lock file of a project. */
export async function lockWithNpm(
  npm: NpmTest,
  files: Readonly<Record<string, unknown>>,
  by: Npm = npmHere,
): Promise<void> {
  npm.write({
    ...files,
    '.npmrc': `registry=${npm.registry.url}\nfund=false\naudit=false\nallow-remote=all\nallow-file=all\n`,
  })
  await runNpm(npm, ['install', '--package-lock-only', '--ignore-scripts'], by)
}

/** Runs npm in a project, with no settings but the project's. */
export async function runNpm(
  { home, user }: NpmTest,
  args: readonly string[],
  { words: npm }: Npm = npmHere,
): Promise<void> {
  mkdirSync(user, { recursive: true })
  const env = { HOME: user, npm_config_cache: join(user, 'cache'), npm_config_update_notifier: 'false' }
  // `npm test` exports its own settings, this project's among them: a lock without addresses gives files other modes.
  const unset = Object.keys(process.env).filter((name) => name.startsWith('npm_'))
  const clean = ['env', ...unset.flatMap((name) => ['-u', name]), ...Object.entries(env).map((pair) => pair.join('='))]
  await run('sh', ['-c', 'umask 022; exec "$@"', 'sh', ...clean, ...npm, ...args], { cwd: home })
}
