/** Which of a project's files are its own code, as patterns of `.gitignore`: of several that match, the last decides. Pure. */
/** What is taken of a project. Paths are relative to the lock file's directory, without "/" at either end; "" is that directory. */
export interface Taken {
  /** Files and directories. */
  readonly paths: readonly string[]
  /** Patterns of what is left out of them, relative to the application's directory. */
  readonly ignore: readonly string[]
  /** Directory of the application's package.json. */
  readonly project: string
}

/** Never part of an image: what a package manager, git or slipway itself writes, and where secrets are kept. */
const never = ['node_modules', '.git', '.npmrc', '.env*']
/** The links that `slipway build` leaves; `ignore` may take them back. */
const results = ['/result', '/result-*']

/** The patterns of what is left out. */
export function ownCodePatterns({ paths, ignore, project }: Taken): readonly string[] {
  return [...only(paths), ...results, ...ignore.map((pattern) => anchored(pattern, project)), ...never]
}

/** Leaves out all but some paths. */
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

/** The directories above a path, from the top on: those of "a/b/c" are "", "a" and "a/b". */
function directoriesAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/'))
}

function keep(path: string): string {
  return `!${exact(path)}`
}

/** A pattern that matches one path; "" for the top. */
function exact(path: string): string {
  return path === '' ? '' : `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`
}

/** A pattern relative to a directory, as one relative to the top (gitignore(5): without "/" but at its end it matches at any depth). */
function anchored(pattern: string, directory: string): string {
  if (directory === '' || pattern.trim() === '' || pattern.startsWith('#')) return pattern
  const [, negated = '', text = ''] = /^(!?)(.*)$/s.exec(pattern) ?? []
  const isAnywhere = !text.replace(/\/$/, '').includes('/')
  return `${negated}${exact(directory)}/${isAnywhere ? '**/' : ''}${text.replace(/^\//, '')}`
}
