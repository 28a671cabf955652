/** A command that a maintainer script may run. */

/** A command; `undefined` stands for a word that only running the script could tell. */
export interface ScriptCommand {
  readonly name: string
  /** Words after the name. */
  readonly words: readonly (string | undefined)[]
}
