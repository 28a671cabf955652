/** A command that a maintainer script may come to. */

/** One command; `undefined` stands for a word that only running could tell. */
export interface ScriptCommand {
  readonly name: string
  /** The words behind the name. */
  readonly words: readonly (string | undefined)[]
}
