/** What the commands share that take images: where they are or what describes them. */
import type { CommonFlags } from './context.ts'

/** The positional `IMAGE|FILE[#NAME]`. */
export const imageParameter = {
  brief: 'Where an image is, or what describes it',
  parse: (text: string): string => text,
  placeholder: 'IMAGE|FILE[#NAME]',
} as const

/** Flags of these commands. */
export interface ImageFlags extends CommonFlags {
  readonly frozen?: boolean
  readonly json?: boolean
}

type Targets = Awaited<ReturnType<typeof import('../load/image-target.ts').imageTargets>>

/** What these words mean, in order, and the other exports of the files among them. @throws BuildError load.* */
export async function imageTargets(words: readonly string[]): Promise<Targets> {
  return (await import('../load/image-target.ts')).imageTargets(words)
}
