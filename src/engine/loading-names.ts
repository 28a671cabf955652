/**
 * Temporary names of images while they are loaded into containerd, which names an image before it is complete.
 *
 * A name contains the time at which loading began, so that names left by a killed run can be told from those of a current one.
 */

/** Returns the temporary name of an image of a load. @param token - seconds since 1970, a hyphen, a random part */
export function loadingName(token: string, index: number): string {
  return `${prefix}${token}-${index}`
}

/** Returns the names that a killed run left. */
export function staleNames(names: readonly string[], token: string): readonly string[] {
  const now = secondsIn(token)
  return names.filter((name) => name.startsWith(prefix) && now - secondsIn(name.slice(prefix.length)) > longestSeconds)
}

const prefix = 'slipway.localhost/loading:'

/** Maximum duration of a load. */
const longestSeconds = 6 * 3600

function secondsIn(token: string): number {
  const [seconds = ''] = token.split('-')
  return Number.parseInt(seconds, 10)
}
