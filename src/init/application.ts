/** Decides how a Node application becomes an image: its command, its files, its runtime. */
import { posix } from 'node:path'
import { startCommand } from '../npm/image/start-command.ts'
import { inside, isLocked, type Manifest, type ProjectFiles } from './project.ts'

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

/** Words after `node` for start scripts of other commands, by how the script begins. */
const frameworks: readonly (readonly [start: RegExp, command: readonly string[]])[] = [
  [/^next start\b/, ['node_modules/next/dist/bin/next', 'start']],
  [/^nest start\b/, ['dist/main.js']],
  [/^(npx )?nuxt start\b|^nuxi (start|preview)\b/, ['.output/server/index.mjs']],
  [/^(remix-serve|react-router-serve) /, ['node_modules/@react-router/serve/bin.js', './build/server/index.js']],
]

/** Directories, besides build output, that a program reads at run time. */
const besideBuilt = ['public', 'static', 'views', 'migrations', 'prisma']

/** Usual directories of build output. */
const builtInto = ['dist', 'build', 'lib', 'out']

/** Decides how the application in a directory of a project becomes an image. */
export function applicationIn(files: ProjectFiles, manifest: Manifest, workspace: string): Application {
  const command = commandOf(manifest, (file) => installedAt(files, workspace, file))
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

/** @param installed - gives the path, from the application's directory, of a file below node_modules */
function commandOf({ start, main }: Manifest, installed: (file: string) => string): Command {
  const plain = plainStart(start)
  if (plain !== undefined)
    return {
      words: plain,
      isStart: true,
      isKnown: true,
      why: `The command is the script "start" of package.json: ${start}`,
    }
  const known = frameworks.find(([begins]) => start !== undefined && begins.test(start))
  const [, source] = /^(?:npx )?(?:tsx|ts-node|ts-node-esm) (\S+\.[cm]?ts)$/.exec(start ?? '') ?? []
  if (source !== undefined)
    return {
      ...{ words: [source], isStart: false, isKnown: true },
      why: `The command is node ${source}: Node runs TypeScript as it is, without "${start}", if its syntax can be erased.`,
    }
  const words = known?.[1].map(installed)
  if (words !== undefined)
    return {
      words,
      isStart: false,
      isKnown: true,
      why: `The command is node ${words.join(' ')}, which "${start}" runs.`,
    }
  const file = main ?? 'index.js'
  const reason =
    start === undefined ? 'package.json has no script "start"' : `the script "start" needs more than node (${start})`
  return {
    words: [file],
    isStart: false,
    isKnown: false,
    why: `The command is node ${file}: ${reason}. Check it in image.ts.`,
  }
}

/** Returns the path of a package's file from a workspace: npm hoists packages to the project's node_modules where it can. */
function installedAt(files: ProjectFiles, workspace: string, file: string): string {
  const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
  if (name === undefined || workspace === '' || isLocked(files, inside(workspace, `node_modules/${name}`))) return file
  return `${workspace.replace(/[^/]+/g, '..')}/${file}`
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
