/** A summary as JSON, for programs: keys in the order of `ImageSummary`, sizes in bytes. */
import type { ImageSummary } from './summary.ts'

/** The text, with a final newline. */
export function formatJson(summary: ImageSummary): string {
  return `${JSON.stringify(summary, null, 2)}\n`
}
