/** Chooses a release of Node for a range. Pure. */
import { maxSatisfying, parse, validRange } from 'semver'

/** Tells whether a string is a version or a range. */
export function isRange(text: string): boolean {
  return validRange(text) !== null
}

/**
 * Returns the newest version within a range, preferring even major versions: only these get long-term support.
 *
 * @returns undefined when none of the versions is within it
 */
export function chooseRelease(range: string, versions: readonly string[]): string | undefined {
  const supported = versions.filter((version) => (parse(version)?.major ?? 1) % 2 === 0)
  return maxSatisfying(supported, range) ?? maxSatisfying(versions, range) ?? undefined
}
