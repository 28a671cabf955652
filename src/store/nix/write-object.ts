/** Writes an object of the store from its NAR. */
import type { Bytes } from '../../base/bytes.ts'
import { receiveNar } from '../../format/nar/read.ts'
import { Restorer } from '../../tree/restore.ts'
import type { StorePath } from '../store-path.ts'
import { type NarSummary, narDigest } from './nar-digest.ts'

/** Writes the object to `place`. @param watch - gets every chunk of the NAR. @throws BuildError nar.invalid */
export async function writeObject(
  place: string,
  nar: Bytes,
  candidates: readonly StorePath[],
  watch: (chunk: Uint8Array) => void = () => {},
): Promise<NarSummary> {
  const digest = narDigest(candidates)
  const push = (chunk: Uint8Array): void => {
    digest.push(chunk)
    watch(chunk)
  }
  using restorer = new Restorer(place)
  for await (const step of receiveNar(passing(nar, push))) restorer.take(step)
  restorer.finish()
  return digest.summary()
}

async function* passing(bytes: Bytes, watch: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    watch(chunk)
    yield chunk
  }
}
