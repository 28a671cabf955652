/** `pull`: an image from a registry into an archive or a layout. */
import { checkString } from '../base/check.ts'
import { registryPlace } from '../transport/place.ts'
import { checkCall, givenOptions, type OptionChecks } from './call.ts'
import { type CopyOptions, type CopyResult, copyChecks, copyImage } from './copy.ts'

/** Options of `pull`. */
export interface PullOptions extends CopyOptions {
  /** Place to write to: `docker-archive:FILE`, `oci:DIRECTORY` or `oci-archive:FILE`, or a path, which is written as a docker-archive. */
  readonly out: string
}

const optionChecks: OptionChecks<PullOptions> = { ...copyChecks, out: checkString }

/** Result of `pull`. */
export type PullResult = CopyResult

/**
 * Copies an image from a registry into an archive or a layout.
 *
 * @example
 * import { pull } from 'slipway'
 *
 * await pull('debian:trixie-slim', { out: 'base.tar', platform: 'linux/amd64' })
 * @param name - name of the image, with a tag or digest, as `docker pull` takes it.
 * @throws BuildError argument.invalid, archive.*, image.*, registry.*, network.*
 */
export async function pull(name: string, options: PullOptions): Promise<PullResult> {
  checkCall('pull', { name, options }, { name: checkString, options: givenOptions(optionChecks) })
  const { out, ...copying } = options
  return copyImage(registryPlace(name).text, out, copying)
}
