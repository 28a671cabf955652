/**
 * Names that images have while they are loaded into containerd, which names an image before it is complete.
 *
 * A name carries the time at which loading began, so that what a killed run left can be told from what another one is loading now.
 */

/** Name of one of the images that a load puts there. @param token - seconds since 1970, a hyphen, a random part */
export function loadingName(token: string, index: number): string {
  return `${prefix}${token}-${index}`
}

/** Those of some names that a killed run left. */
export function staleNames(names: readonly string[], token: string): readonly string[] {
  const now = secondsIn(token)
  return names.filter((name) => name.startsWith(prefix) && now - secondsIn(name.slice(prefix.length)) > longestSeconds)
}

const prefix = 'slipway.localhost/loading:'

/** No load takes longer. */
const longestSeconds = 6 * 3600

function secondsIn(token: string): number {
  const [seconds = ''] = token.split('-')
  return Number.parseInt(seconds, 10)
}
