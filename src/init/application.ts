/** Decides how a Node application becomes an image: its command, its files, its runtime. */
import { posix } from 'node:path'
import { startCommand, wordsOf } from '../npm/image/start-command.ts'
import { inside, isLocked, lockedCommand, type Manifest, type ProjectFiles } from './project.ts'

/** Decisions about one application. */
export interface Application {
  /** Directory of the lock file, if that is not the one of `image.ts`. */
  readonly directory?: string
  /** Directory of the workspace; "" for a project without workspaces. */
  readonly workspace: string
  /** Name of the image. */
  readonly name: string
  /** Version or range of Node; undefined if package.json has one. */
  readonly runtime: string | undefined
  /** Files of the image; undefined for all. */
  readonly files: readonly string[] | undefined
  /** Words after `node`; undefined if `scripts.start` has them. */
  readonly command: readonly string[] | undefined
  readonly writable: readonly string[]
  /** Whether the file that the command runs is known: from the script "start", or because it exists. */
  readonly isCertain: boolean
  /** Reasons, one sentence each. */
  readonly why: readonly string[]
}

/** Major version of Node for projects that request none: the one that slipway itself needs. */
const defaultRuntime = '24'

/** Files that start scripts of other commands run, by how the script begins. */
const builds: readonly (readonly [start: RegExp, command: readonly string[]])[] = [
  [/^nest start\b/, ['dist/main.js']],
  [/^nuxt start\b|^nuxi (start|preview)\b/, ['.output/server/index.mjs']],
]

/** A command that Node runs. */
interface Program {
  readonly package: string
  /** File in the package, if the lock file does not say it. */
  readonly file: string
  /** Words after the file if those of the script need a shell. */
  readonly words: readonly string[]
}

/** Commands of frameworks that start scripts run, by name. */
const programs: ReadonlyMap<string, Program> = new Map([
  ['next', { package: 'next', file: 'dist/bin/next', words: ['start'] }],
  ['remix-serve', { package: '@remix-run/serve', file: 'dist/cli.js', words: ['./build/server/index.js'] }],
  ['react-router-serve', { package: '@react-router/serve', file: 'bin.js', words: ['./build/server/index.js'] }],
])

/** Directories, besides build output, that a program reads at run time. */
const besideBuilt = ['public', 'static', 'views', 'migrations', 'prisma']

/** Usual directories of build output. */
const builtInto = ['dist', 'build', 'lib', 'out']

/** Decides how the application in a directory of a project becomes an image. */
export function applicationIn(files: ProjectFiles, manifest: Manifest, workspace: string): Application {
  const command = commandOf(manifest, files, workspace)
  const chosen = filesOf(files, workspace, { manifest, command })
  const runtime = manifest.node === undefined ? defaultRuntime : undefined
  const isNext = manifest.dependencies.has('next')
  return {
    workspace,
    // npm calls a workspace without a name after its directory.
    name: imageName(manifest.name ?? (workspace === '' ? files.name : posix.basename(workspace))),
    runtime,
    files: chosen,
    command: command.isStart ? undefined : command.words,
    isCertain: command.isKnown || files.text(inside(workspace, command.words[0] ?? '')) !== undefined,
    writable: isNext ? ['.next/cache'] : [],
    why: [
      command.why,
      chosen === undefined
        ? 'All files of the project are taken, except node_modules, .git, .npmrc, .env* and what .dockerignore names.'
        : `Of the project's files ${chosen.join(', ')} and package.json are taken.`,
      runtime === undefined
        ? `Node is the newest release within engines.node of package.json, ${manifest.node}.`
        : `Node is the newest ${runtime}: package.json has no engines.node.`,
      'tini is process 1, so that `docker stop` ends the application at once.',
      ...(isNext ? ['Next.js may write to .next/cache.'] : []),
    ],
  }
}

interface Command {
  readonly words: readonly string[]
  /** Whether `scripts.start` is this command. */
  readonly isStart: boolean
  /** Whether a script says it. */
  readonly isKnown: boolean
  readonly why: string
}

function commandOf({ start: script, main, dependencies }: Manifest, files: ProjectFiles, workspace: string): Command {
  const start = script === undefined ? undefined : withoutSettings(script)
  const plain = plainStart(start)
  if (plain !== undefined && start !== undefined) {
    const isStart = start === script
    const why = isStart
      ? `The command is the script "start" of package.json: ${script}`
      : `The command is node ${plain.join(' ')}: the image has NODE_ENV=production and no .env file, so "${script}" without these. Give the container its variables when it runs.`
    return { words: plain, isStart, isKnown: true, why }
  }
  const source = typeScriptWords(start)
  if (source !== undefined)
    return dependencies.has('tsx') && /^tsx /.test(start ?? '')
      ? {
          ...{ words: ['--import', 'tsx', ...source], isStart: false, isKnown: true },
          why: `The command is node --import tsx ${source.join(' ')}, which "${script}" runs; tsx is among the dependencies.`,
        }
      : {
          ...{ words: source, isStart: false, isKnown: true },
          why: `The command is node ${source.join(' ')}: Node runs TypeScript as it is, without "${script}", if its syntax can be erased.`,
        }
  const words = start === undefined ? undefined : frameworkCommand(start, files, workspace)
  if (words !== undefined)
    return {
      words,
      isStart: false,
      isKnown: true,
      why: `The command is node ${words.join(' ')}, which "${script}" runs.`,
    }
  const file = main ?? 'index.js'
  const reason =
    script === undefined ? 'package.json has no script "start"' : `the script "start" needs more than node (${script})`
  return {
    words: [file],
    isStart: false,
    isKnown: false,
    why: `The command is node ${file}: ${reason}. Check it in image.ts.`,
  }
}

/** Returns the file and its words of a script that compiles TypeScript as it runs. */
function typeScriptWords(start: string = ''): readonly string[] | undefined {
  const [program = '', ...words] = wordsOf(start) ?? []
  const compiles = /^(?:tsx|ts-node|ts-node-esm)$/.test(program) && /^[^-].*\.[cm]?ts$/.test(words[0] ?? '')
  return compiles ? words : undefined
}

/** Removes what an image sets by itself, NODE_ENV, and `--env-file`: no image has those files. */
function withoutSettings(script: string): string {
  return script
    .trim()
    .replace(/^npx /, '')
    .replace(/^(?:cross-env )?NODE_ENV=production /, '')
    .replace(/ --env-file(?:=| )[^\s'"]*(?=\s)/g, '')
}

/** Returns the words after `node` of a script that starts a framework; undefined for any other script. */
function frameworkCommand(start: string, files: ProjectFiles, workspace: string): readonly string[] | undefined {
  const built = builds.find(([begins]) => begins.test(start))?.[1]
  if (built !== undefined) return built
  const [name = ''] = start.split(/\s/, 1)
  const program = programs.get(name)
  if (program === undefined || (name === 'next' && !/^next start\b/.test(start))) return undefined
  const place = placeOf(program.package, files, workspace)
  const file = lockedCommand(files, place, name) ?? program.file
  return [posix.relative(workspace, posix.join(place, file)), ...(wordsOf(start)?.slice(1) ?? program.words)]
}

/** Returns the place of a package that a workspace uses: npm hoists packages to the project's node_modules where it can. */
function placeOf(name: string, files: ProjectFiles, workspace: string): string {
  const own = inside(workspace, `node_modules/${name}`)
  return isLocked(files, own) ? own : `node_modules/${name}`
}

function plainStart(start: string | undefined): readonly string[] | undefined {
  try {
    return startCommand(start, 'package.json')
  } catch {
    return undefined
  }
}

function filesOf(
  files: ProjectFiles,
  workspace: string,
  { manifest, command }: { readonly manifest: Manifest; readonly command: Command },
): readonly string[] | undefined {
  const program = command.words.find((word) => !word.startsWith('-')) ?? ''
  const directory = program.replace(/^\.\//, '').split('/')[0] ?? ''
  if (!builtInto.includes(directory) || !(manifest.hasBuild || files.hasDirectory(inside(workspace, directory))))
    return undefined
  return [directory, ...besideBuilt.filter((each) => files.hasDirectory(inside(workspace, each)))]
}

/** Converts a package's name to a valid image name, without its scope. */
export function imageName(name: string): string {
  const clean = name
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return clean === '' ? 'app' : clean
}
