/** What is planned for a project: files to write, with the reasons. */

/** What is to be written, and why. */
export interface Plan {
  readonly writes: readonly PlannedFile[]
  /** Sentences: what was decided, what was left alone, and why. */
  readonly decisions: readonly string[]
  /** Commands and advice for what comes next. */
  readonly next: readonly string[]
}

/** A file with its new text. */
export interface PlannedFile {
  readonly file: string
  readonly text: string
  readonly isNew: boolean
}

/** A file that stays as it is. */
export function leftAlone(file: string): Plan {
  return { writes: [], decisions: [`${file} is there already and was left alone.`], next: [] }
}
