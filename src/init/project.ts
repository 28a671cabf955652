/** The parts of a project that `slipway init` examines. */
import { posix } from 'node:path'
import { isPlainObject, jsonIn } from '../base/document.ts'
import { fail } from '../base/error.ts'

/** Reads a project. Names are relative to its directory. */
export interface ProjectFiles {
  /** Name of the directory. */
  readonly name: string
  /** Returns the text of a file, without a byte order mark; undefined if it does not exist. */
  text(file: string): string | undefined
  /** Tells whether a directory exists and is not empty. */
  hasDirectory(directory: string): boolean
}

/** Fields of a package.json that determine the image. */
export interface Manifest {
  readonly name: string | undefined
  readonly main: string | undefined
  readonly start: string | undefined
  readonly hasBuild: boolean
  /** Range of Node versions. */
  readonly node: string | undefined
  readonly hasWorkspaces: boolean
  /** Names of production dependencies. */
  readonly dependencies: ReadonlySet<string>
}

/** Names of npm's lock files, the one that is read first. */
const lockFiles = ['npm-shrinkwrap.json', 'package-lock.json']

/** Reads the package.json of a directory; undefined if it is missing. @throws BuildError npm.lock-invalid */
export function manifestIn(files: ProjectFiles, directory: string = ''): Manifest | undefined {
  const file = inside(directory, 'package.json')
  const text = files.text(file)
  if (text === undefined) return undefined
  const value = jsonIn(text)
  if (!isPlainObject(value)) return refuseManifest(file)
  const [scripts, engines] = [objectOf(value.scripts), objectOf(value.engines)]
  return {
    name: stringOf(value.name),
    main: stringOf(value.main),
    start: stringOf(scripts.start),
    hasBuild: stringOf(scripts.build) !== undefined,
    node: stringOf(engines.node),
    hasWorkspaces: Array.isArray(value.workspaces) || isPlainObject(value.workspaces),
    dependencies: new Set(Object.keys(objectOf(value.dependencies))),
  }
}

function refuseManifest(file: string): never {
  return fail('npm.lock-invalid', `${file} is not a JSON object.`, { remedy: 'Correct the file.', detail: { file } })
}

/** Tells whether npm's lock file has an entry for a place. */
export function isLocked(files: ProjectFiles, place: string): boolean {
  return lockedPackages(files)[place] !== undefined
}

/** Returns the file of a command of the package at a place of npm's lock file; undefined if that does not have it. */
export function lockedCommand(files: ProjectFiles, place: string, command: string): string | undefined {
  const file = stringOf(objectOf(objectOf(lockedPackages(files)[place]).bin)[command])
  return file === undefined ? undefined : posix.normalize(file)
}

function lockedPackages(files: ProjectFiles): Readonly<Record<string, unknown>> {
  const lock = lockFiles.map((file) => files.text(file)).find((text) => text !== undefined)
  return objectOf(objectOf(jsonIn(lock ?? '')).packages)
}

/** Returns the directories of the workspaces, from npm's lock file. */
export function workspacesIn(files: ProjectFiles): readonly string[] {
  const links = Object.values(lockedPackages(files)).filter((each) => objectOf(each).link === true)
  return [...new Set(links.flatMap((each) => stringOf(objectOf(each).resolved) ?? []))].sort()
}

/** A project around the examined directory, with that as one of its workspaces. */
export interface Around {
  /** Path to it: "../..". */
  readonly directory: string
  readonly workspace: string
  readonly files: ProjectFiles
}

/** Finds the project whose lock file has the examined directory as a workspace; undefined if it has a lock file itself, or none has it. */
export function projectAround(files: ProjectFiles): Around | undefined {
  const own = files.text('package.json')
  for (let depth = 1; own !== undefined && !hasLock(files) && depth <= deepest; depth++) {
    const directory = Array.from({ length: depth }, () => '..').join('/')
    const outer: ProjectFiles = {
      name: files.name,
      text: (file) => files.text(`${directory}/${file}`),
      hasDirectory: (name) => files.hasDirectory(`${directory}/${name}`),
    }
    const workspace = workspacesIn(outer).find(
      (each) => each.split('/').length === depth && outer.text(inside(each, 'package.json')) === own,
    )
    if (workspace !== undefined) return { directory, workspace, files: outer }
  }
  return undefined
}

/** Number of directories above the examined one that are searched. */
const deepest = 6

/** Tells whether there is a lock file of npm's. */
export function hasLock(files: ProjectFiles): boolean {
  return lockFiles.some((file) => files.text(file) !== undefined)
}

/** Returns a path inside a directory of the project. */
export function inside(directory: string, file: string): string {
  return directory === '' ? file : `${directory}/${file}`
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {}
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
