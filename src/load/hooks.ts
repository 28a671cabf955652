/**
 * Resolves modules while an `image.ts` is loaded: Node's rules, with three differences.
 *
 * The bare name `slipway` is the running copy, installed in the project or not, so there is never a second table of packages. A relative
 * specifier may omit its extension, or say `.js` for a `.ts` file, as in TypeScript projects. Files of the project are ES modules whatever
 * the nearest package.json says (`npm init -y` writes "commonjs"), except for `.cjs`, `.cts` and `.js` files written as CommonJS.
 */
import { readFileSync } from 'node:fs'
import { createRequire, findPackageJSON, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import { errorCode, fail, messageOf } from '../base/error.ts'
import { runningEntry, runningVersion, versionIn } from './version.ts'

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>
type Context = Parameters<Resolve>[1]
type Next = Parameters<Resolve>[2]
type Resolved = ReturnType<Next>

/** Modules of the running copy, which may be outside node_modules (`npm link`): a second copy of one would have other classes. */
const ownFiles = ['.', '../bin/'].map((directory) => new URL(directory, runningEntry()).href)

let installed = false
let reloads = 0
const files = new Set<string>()

/** The user's modules requested so far, most recent first. */
export function projectFiles(): string[] {
  return [...files].reverse()
}

/** Forgets the user's modules, so that the next load reads them again. */
export function forgetProject(): void {
  reloads++
  const { cache } = createRequire(import.meta.url)
  for (const file of files) delete cache[file]
  files.clear()
}

/** Installs the rules, once per process; they stay in place because a file may import later. */
export function installHooks(): void {
  if (installed) return
  installed = true
  registerHooks({ resolve })
}

function resolve(specifier: string, context: Context, next: Next): Resolved {
  if (specifier === 'slipway') return running(context)
  // Resolved from here, the name denotes this package, since a package may import itself by name.
  if (specifier.startsWith('slipway/')) return next(specifier, { ...context, parentURL: import.meta.url })
  return asModule(found(specifier, context, next), context)
}

function running(context: Context): Resolved {
  refuseOtherVersion(context.parentURL)
  const url = runningEntry().href
  return { url, format: url.endsWith('.ts') ? 'module-typescript' : 'module', shortCircuit: true }
}

function refuseOtherVersion(importer: string | undefined): void {
  const file = importer === undefined ? undefined : installedIn(importer)
  const version = file === undefined ? undefined : versionIn(file)
  if (importer === undefined || version === undefined || version === runningVersion()) return
  fail('load.other-version', `The project has slipway ${version} installed, but ${runningVersion()} is running.`, {
    remedy: 'Run the project\'s own: "npx slipway" in its directory.',
    detail: { importer, installed: version, running: runningVersion() },
  })
}

function installedIn(importer: string): string | undefined {
  try {
    return findPackageJSON('slipway', importer)
  } catch {
    return undefined
  }
}

function found(specifier: string, context: Context, next: Next): Resolved {
  try {
    return next(specifier, context)
  } catch (thrown) {
    if (!isMissing(thrown) || !/^(\.{1,2}\/|\/|file:)/.test(specifier)) throw thrown
    for (const candidate of otherSpellings(specifier)) {
      try {
        return next(candidate, context)
      } catch (again) {
        if (!isMissing(again)) throw again
      }
    }
    throw thrown
  }
}

function isMissing(thrown: unknown): boolean {
  const code = errorCode(thrown)
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT'
}

function otherSpellings(specifier: string): string[] {
  const script = /^(.*)\.([cm]?)js$/.exec(specifier)
  if (script !== null) return [`${script[1]}.${script[2]}ts`]
  const base = specifier.replace(/\/$/, '')
  return ['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js'].map((ending) => base + ending)
}

function asModule(given: Resolved, context: Context): Resolved {
  const { url } = given
  if (!url.startsWith('file:') || url.includes('/node_modules/') || isOwn(url)) return given
  files.add(fileURLToPath(url))
  const resolved = again(given, context)
  if (/\.m?ts$/.test(url)) return { ...resolved, format: 'module-typescript' }
  const entry = context.parentURL?.startsWith(new URL('.', import.meta.url).href)
  if (url.endsWith('.js') && (entry === true || isModuleText(url))) return { ...resolved, format: 'module' }
  return resolved
}

function isOwn(url: string): boolean {
  return ownFiles.some((directory) => url.startsWith(directory))
}

/** Node loads a URL once, so a module that is read again has another one. */
function again(resolved: Resolved, { conditions }: Context): Resolved {
  if (reloads === 0 || conditions.includes('require') || !/\.m?[jt]s$/.test(resolved.url)) return resolved
  return { ...resolved, url: `${resolved.url}?reload=${reloads}` }
}

/** Tells whether source text is an ES module, as Node does without a package.json: it fails to compile as CommonJS because of import or export. */
function isModuleText(url: string): boolean {
  try {
    compileFunction(readFileSync(fileURLToPath(url), 'utf8'), [
      'exports',
      'require',
      'module',
      '__filename',
      '__dirname',
    ])
    return false
  } catch (thrown) {
    return /^(Cannot use import statement|Unexpected token 'export'|Cannot use 'import\.meta')/.test(messageOf(thrown))
  }
}
