/** Which files of a directory are left out: the rules of gitignore(5), for one list of patterns. */
import ignore from 'ignore'

/** Whether a name is left out. `path` is text, relative to the directory that is read. */
export type Ignored = (path: string, isDirectory: boolean) => boolean

/** The answer that gitignore patterns give; upper and lower case are told apart on every machine. */
export function ignoring(patterns: readonly string[]): Ignored {
  // Asked for every entry of every store object: no rules must cost nothing.
  if (patterns.length === 0) return () => false
  const rules = ignore({ ignorecase: false }).add(patterns)
  return (path, isDirectory) => rules.ignores(isDirectory ? `${path}/` : path)
}
