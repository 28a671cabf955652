/**
 * Where scripts were written, for errors: a place in a file is nothing that a package follows from, so it is in no definition.
 *
 * Looked up by the script's text, in which a placeholder and its real path count as the same.
 */

/** Position in a file of the user. */
export interface CallSite {
  /** Absolute. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** What was written there, where that is not what is looked up. */
  readonly text?: string
}

const known = new Map<string, CallSite>()

/** Remembers where the call was that a script is from; of several the first. */
export function rememberSite(script: string, site: CallSite | undefined): void {
  const key = keyOf(script)
  if (site !== undefined && !known.has(key)) known.set(key, site)
}

/** Returns the position. */
export function siteOf(script: string): CallSite | undefined {
  return known.get(keyOf(script))
}

function keyOf(script: string): string {
  return script.replace(/\/nix\/store\/[0-9a-z]{32}-/g, '')
}
