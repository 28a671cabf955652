/** Refuses descriptions of images where only a built image will do. */
import { fail } from '../base/error.ts'
import type { Place } from '../transport/place.ts'

/** Fails if a place is a file that describes an image. @throws BuildError argument.invalid */
export async function checkFinished({ form, file }: Place): Promise<void> {
  if (form !== undefined) return
  const { isScript, parseTarget } = await import('../load/load.ts')
  if (!isScript(parseTarget(file).file)) return
  fail('argument.invalid', `${file} describes an image, which has to be built first.`, {
    remedy: `Write it to a place with \`slipway build ${file} --to PLACE\`, or to a registry with \`slipway push\`.`,
  })
}
