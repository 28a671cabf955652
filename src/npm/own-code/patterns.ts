/** Selects a project's own code with patterns as in `.gitignore`: of several that match, the last decides. Pure. */
/** Files selected from a project. Paths are relative to the lock file's directory, without "/" at either end; "" is that directory. */
export interface Taken {
  /** Files and directories. */
  readonly paths: readonly string[]
  /** Patterns of files to exclude, relative to the application's directory. */
  readonly ignore: readonly string[]
  /** Directory of the application's package.json. */
  readonly project: string
}

/** Never part of an image, even of what `generated` names: files that contain secrets. */
export const secretPatterns: readonly string[] = ['.git', '.npmrc', '.env*']
/** Nor are packages: those come from the lock file. */
const never = ['node_modules', ...secretPatterns]
/** Links that `slipway build` creates where it runs, beside the lock file or in the workspace; `ignore` may include them again. */
const results = ['/result', '/result-*']

/** Tells whether a path is never part of an image, whatever names it. */
export function isSecret(path: string): boolean {
  return path.split('/').some((part) => secretPatterns.some((pattern) => matches(part, pattern)))
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** Returns the patterns of excluded files. */
export function ownCodePatterns({ paths, ignore, project }: Taken): readonly string[] {
  const left = new Set(['', project].flatMap((directory) => results.map((pattern) => anchored(pattern, directory))))
  return [...only(paths), ...left, ...ignore.map((pattern) => anchored(pattern, project)), ...never]
}

/** Excludes everything except some paths. */
function only(given: readonly string[]): readonly string[] {
  if (given.includes('')) return []
  const paths = given.filter((path) => !given.some((other) => path.startsWith(`${other}/`)))
  const open = new Set(paths.flatMap(directoriesAbove))
  return [
    ...[...open]
      .sort()
      .flatMap((directory) => [...(directory === '' ? [] : [keep(directory)]), `${exact(directory)}/*`]),
    ...paths.map(keep),
  ]
}

/** Returns the directories above a path, from the top: those of "a/b/c" are "", "a" and "a/b". */
function directoriesAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/'))
}

function keep(path: string): string {
  return `!${exact(path)}`
}

/** Returns a pattern that matches exactly one path; "" for the top. */
function exact(path: string): string {
  return path === '' ? '' : `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`
}

/** Rebases a pattern from a directory to the top (gitignore(5): without "/" except at its end it matches at any depth). */
function anchored(pattern: string, directory: string): string {
  if (directory === '' || pattern.trim() === '' || pattern.startsWith('#')) return pattern
  const [, negated = '', text = ''] = /^(!?)(.*)$/s.exec(pattern) ?? []
  const isAnywhere = !text.replace(/\/$/, '').includes('/')
  return `${negated}${exact(directory)}/${isAnywhere ? '**/' : ''}${text.replace(/^\//, '')}`
}
