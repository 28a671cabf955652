/** Checks that an image has what its start script names: the file that Node runs, and what options of Node load before it. */
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { fail } from '../../base/error.ts'
import type { Entry } from '../../tree/entry.ts'
import { ancestors, path } from '../../tree/path.ts'
import { sourceTree } from '../../tree/source-tree.ts'
import type { OwnCode, Resolution } from '../resolution.ts'
import { isSecret } from './patterns.ts'

/** What Node adds to the name of its main file ("File modules" in its documentation). */
const extensions = ['', '.js', '.json', '.node']

/** Options of Node with a module or a file as their value ("Command-line API" in its documentation). */
const loading: Readonly<Record<string, 'module' | 'file'>> = {
  '--require': 'module',
  '-r': 'module',
  '--import': 'module',
  '--loader': 'module',
  '--experimental-loader': 'module',
  '--env-file': 'file',
}

/** Options of Node with no value; after another one without "=" it is not known which word is the file. */
const plainOption =
  /^--(?:no-|trace-|experimental-(?!config-file$|default-type$|sea-config$)|enable-source-maps$|preserve-symlinks|disable-|expose-gc$|pending-deprecation$|throw-deprecation$|use-)/

/** What a start script names. */
interface Started {
  readonly kind: 'main' | 'module' | 'file'
  readonly word: string
}

/**
 * Checks what the words after `node` name. Not checked are directories, files of packages, and what is behind a link.
 *
 * @throws BuildError npm.start
 */
export function checkStarted(words: readonly string[], resolution: Resolution, code: readonly OwnCode[]): void {
  for (const { kind, word } of startedBy(words)) {
    const isPackage = kind === 'module' && !/^\.{0,2}\//.test(word)
    const found = isPackage ? packageFault(word, resolution) : fileFault(word, resolution, code)
    if (found === undefined) continue
    const manifest = join(resolution.set.directory, resolution.project, 'package.json')
    const verb = kind === 'main' ? 'runs' : 'has Node load'
    fail('npm.start', `The script "start" of ${manifest} ${verb} ${word}, which ${found.fate}.`, {
      remedy: `${found.remedy}; or give config: { Cmd: ["dist/server.js"] }, the words after \`node\`.`,
      detail: { file: manifest, started: word },
    })
  }
}

function startedBy(words: readonly string[]): readonly Started[] {
  const found: Started[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('-')) return [...found, { kind: 'main', word }]
    const [, option = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
    const kind = loading[option]
    if (kind !== undefined) found.push({ kind, word: value ?? words[++index] ?? '' })
    else if (value === undefined && !plainOption.test(option)) return found
  }
  return found
}

/** Why an image lacks something, and what to do. */
interface Fault {
  readonly fate: string
  readonly remedy: string
}

function fileFault(word: string, { set, project }: Resolution, code: readonly OwnCode[]): Fault | undefined {
  const place = posix.join(project, word)
  if (/^\/|(^|\/)node_modules\//.test(word) || /^\.\.?(\/|$)/.test(place)) return undefined
  if (isSecret(place))
    return {
      fate: 'no image has',
      remedy: 'Give the container its variables when it runs (`docker run --env-file`), and use `--env-file-if-exists`',
    }
  const disk = sourceTree(set.directory)
  const entryAt = (file: string): Entry | undefined => disk.get(path(file))
  const isLinked = [...ancestors(path(place))].some((above) => disk.get(above)?.kind === 'symlink')
  const present = extensions.map((extension) => place + extension).filter((file) => entryAt(file) !== undefined)
  if (isLinked || present.some((file) => entryAt(file)?.kind !== 'file')) return undefined
  const isTaken = present.some((file) => code.some(({ recipe }) => recipe.reads?.(join(set.directory, file)) === true))
  if (isTaken) return undefined
  return present.length === 0
    ? { fate: 'does not exist', remedy: 'Build the project first' }
    : { fate: 'is left out of the image', remedy: 'Name it in `files`, or correct .dockerignore or `ignore`' }
}

/** Finds the package of a module as Node does, from the working directory upwards; built-in modules and the project's own are there. */
function packageFault(module: string, { kept, project, manifest, set }: Resolution): Fault | undefined {
  const [name] = /^(@[^/]+\/)?[^/]+/.exec(module) ?? []
  if (name === undefined || isBuiltin(module) || /^[#]|^[\w+.-]+:/.test(module) || name === manifest.name)
    return undefined
  const parts = project === '' ? [] : project.split('/')
  const places = [...parts.keys(), parts.length].map((length) =>
    [...parts.slice(0, length), 'node_modules', name].join('/'),
  )
  const isGenerated = (place: string): boolean =>
    set.code.generated.some((each) => place === each || place.startsWith(`${each}/`) || each.startsWith(`${place}/`))
  return places.some((place) => kept.has(place) || isGenerated(place))
    ? undefined
    : { fate: "is not among the image's packages", remedy: `Move ${name} to \`dependencies\`` }
}
