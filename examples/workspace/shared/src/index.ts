// Used by both applications; TypeScript below node_modules would not run, but a workspace's files are at their own place.
import ms from 'ms'

/** Seconds of a duration such as "2 days". */
export function seconds(duration: string): number {
  return ms(duration as ms.StringValue) / 1000
}
