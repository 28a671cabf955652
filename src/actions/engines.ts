/** Container engines of this machine, for `doctor`. */
import { engineKinds, probe } from '../engine/find.ts'
import type { Finding } from '../sandbox/doctor.ts'

/** Checks whether each engine answers. Building needs none. */
export async function enginesOn(signal: AbortSignal): Promise<readonly Finding[]> {
  return Promise.all(
    engineKinds.map(async (kind) => {
      const { engine, reason, isMissing } = await probe(kind, {}, signal)
      const remedies = engine !== undefined || isMissing ? [] : [`Start it, to load images into ${kind}.`]
      const about = `${kind} (not needed to build)`
      return { about, works: engine !== undefined, said: engine?.title ?? reason, remedies }
    }),
  )
}
