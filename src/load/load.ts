/**
 * Loads an `image.ts` and returns its exported values and packages.
 *
 * TypeScript runs through Node's type stripping; hooks.ts says how modules are resolved. Whatever Node refuses becomes a `BuildError` with
 * its place (refusal.ts). Nothing is cached beyond Node's own module cache.
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail } from '../base/error.ts'
import { didYouMean } from '../base/nearest.ts'
import { absolutePath } from '../base/real-path.ts'
import type { Package } from '../source/package.ts'
import { isPackage } from '../source/placeholder.ts'
import { installHooks } from './hooks.ts'
import { refuse } from './refusal.ts'

/** A loaded file. */
export interface Loaded {
  /** Absolute path. */
  readonly file: string
  /** All exports that are packages, in the order of their names, `default` among them. */
  readonly packages: ReadonlyMap<string, Package>
}

/** The parts of `FILE#name`: the file as typed, and the name of the export. Default: `default`. */
export interface Target {
  readonly file: string
  readonly name: string
}

const endings = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/** Tells whether a name is that of a script, which describes images, rather than of an image. */
export function isScript(file: string): boolean {
  return endings.includes(extname(file))
}

/** Splits `FILE#name`. */
export function parseTarget(text: string): Target {
  const [, file = text, name = ''] = /^(.*)#([^#/]*)$/s.exec(text) ?? []
  return { file, name: name || 'default' }
}

/**
 * Loads a file and awaits what it exports.
 *
 * @param file - absolute, or relative to the working directory.
 * @throws BuildError load.* - the file does not exist, is not a script, does not parse or run, or exports no package
 */
export async function load(file: string): Promise<Loaded> {
  const absolute = absolutePath(file)
  checkFile(file, absolute)
  installHooks()
  const exported = await imported(file, absolute)
  const packages = new Map(
    Object.entries(exported)
      .filter((entry): entry is [string, Package] => isPackage(entry[1]))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  if (packages.size === 0) refuseWithoutPackages(file, exported)
  return { file: absolute, packages }
}

/** Returns the package that an export holds. @throws BuildError load.no-export, load.not-a-package */
export async function loadTarget(target: Target): Promise<{ readonly chosen: Package; readonly loaded: Loaded }> {
  const loaded = await load(target.file)
  const chosen = loaded.packages.get(target.name)
  if (chosen !== undefined) return { chosen, loaded }
  const names = [...loaded.packages.keys()]
  if (target.name === 'default') {
    fail('load.no-export', `${target.file} has no default export that is an image or another package.`, {
      remedy: `Name one of its exports: ${names.map((name) => `${target.file}#${name}`).join(', ')}.`,
    })
  }
  return fail('load.no-export', `${target.file} exports no image or other package named "${target.name}".`, {
    remedy: `${didYouMean(target.name, names)} It exports ${names.join(', ')}.`.trim(),
    detail: { file: target.file, name: target.name },
  })
}

/** What a file exports, by FILE#NAME. @param file - as it was typed */
export function exportsOf(file: string, { packages }: Loaded): ReadonlyMap<string, Package> {
  return new Map([...packages].map(([name, made]) => [`${file}#${name}`, made]))
}

async function imported(file: string, absolute: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const namespace: object = await import(pathToFileURL(absolute).href)
    const values = Object.entries(namespace).filter(([name]) => name !== 'module.exports')
    return Object.fromEntries(
      await Promise.all(values.map(async ([name, value]): Promise<[string, unknown]> => [name, await value])),
    )
  } catch (thrown) {
    return refuse(thrown, file, absolute)
  }
}

function checkFile(file: string, absolute: string): void {
  checkName(file, absolute)
  const stat = statSync(absolute, { throwIfNoEntry: false })
  if (stat === undefined) {
    fail('load.not-found', `${file} does not exist.`, {
      remedy: didYouMean(basename(file), scriptsIn(dirname(absolute))) || 'Give the file that describes the image.',
      detail: { file },
    })
  }
  if (stat.isDirectory()) {
    const scripts = scriptsIn(absolute)
    fail('load.not-a-script', `${file} is a directory.`, {
      remedy: scripts.length === 0 ? 'Name a file.' : `Name a file in it, such as ${scripts.slice(0, 3).join(', ')}.`,
      detail: { file },
    })
  }
  if (!isScript(absolute)) {
    fail('load.not-a-script', `${file} is not a TypeScript or JavaScript file.`, {
      remedy: `An image is described by a script: name a file that ends in ${endings.join(', ')}.`,
      detail: { file },
    })
  }
}

/** What Node loads no module from: its URLs have no backslashes, and its strings no bytes that are not UTF-8. */
function checkName(file: string, absolute: string): void {
  const wrong = absolute.includes('\\')
    ? 'a backslash'
    : absolute.includes('\ufffd')
      ? 'bytes that are not UTF-8'
      : undefined
  if (wrong === undefined) return
  fail('load.name', `The path of ${file} has ${wrong} in it: Node loads no modules from there.`, {
    remedy: 'Rename the directory or the file.',
    detail: { file: absolute },
  })
}

function scriptsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isScript).sort()
  } catch {
    return []
  }
}

function refuseWithoutPackages(file: string, exported: Readonly<Record<string, unknown>>): never {
  const names = Object.keys(exported)
  if (names.length === 0) {
    fail('load.no-export', `${file} exports nothing.`, {
      remedy: 'Write "export default" before the image.',
      detail: { file },
    })
  }
  return fail(
    'load.not-a-package',
    `${file} exports ${names.map((name) => described(name, exported[name])).join(', ')}, but no image or other package.`,
    {
      remedy: 'Export the result of a builder, such as dockerTools.buildLayeredImage({ … }).',
      detail: { file },
    },
  )
}

function described(name: string, value: unknown): string {
  if (value === null) return `"${name}" (null)`
  return `"${name}" (${Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`})`
}
