/** The line on stderr that says what changed in an image since its last build. */
import type { ImageChanges } from '../actions/image-changes.ts'
import type { ActionOptions } from '../actions/workshop.ts'
import { absolutePath } from '../base/real-path.ts'
import { formatSize } from '../report/text.ts'
import type { CommonFlags, Context } from './context.ts'
import { errorStream } from './session.ts'

/** Flags that decide whether and when the line is printed. */
interface Flags extends CommonFlags {
  readonly watch?: boolean
}

/** Returns how a command says what changed in an image: at its end, or, while it watches, after each build. @param word - FILE#NAME */
export function changesOptions(
  context: Context,
  { quiet, watch }: Flags,
  word: string,
): Pick<ActionOptions, 'changes'> {
  if (quiet) return {}
  const write = (text: string): unknown => (watch ? errorStream() : context.process.stderr).write(text)
  return { changes: { image: identityOf(word), report: (changes) => void write(`${changesLine(changes)}\n`) } }
}

/** Returns the absolute path of a file with the name of its export. */
function identityOf(word: string): string {
  return absolutePath(/#[^#/]+$/.test(word) ? word : `${word.replace(/#$/, '')}#default`)
}

/** Formats changes, such as "1 of 22 layers is new, 1.2 kB". */
export function changesLine({ layers, newLayers, newBytes, isFirst }: ImageChanges): string {
  const all = `${layers} ${layers === 1 ? 'layer' : 'layers'}`
  if (isFirst) return `first build: ${all}, ${formatSize(newBytes)}`
  if (newLayers === 0) return `none of ${all} is new`
  return `${newLayers} of ${all} ${newLayers === 1 ? 'is' : 'are'} new, ${formatSize(newBytes)}`
}
