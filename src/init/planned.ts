/** Plan for a project: files to write, with the reasons. */

/** Files to write, and why. */
export interface Plan {
  readonly writes: readonly PlannedFile[]
  /** Decisions with their reasons, including files that were left alone, one sentence each. */
  readonly decisions: readonly string[]
  /** Commands and advice for the next steps. */
  readonly next: readonly string[]
}

/** A file with its new contents. */
export interface PlannedFile {
  readonly file: string
  readonly text: string
  readonly isNew: boolean
}

/** Plans no change to an existing file. */
export function leftAlone(file: string): Plan {
  return { writes: [], decisions: [`${file} is there already and was left alone.`], next: [] }
}
