/** Record of Node itself in an image: the licence beside which its program is laid out. It does not say which release it is. */
import type { LayerContents } from '../../report/layer-contents.ts'
import type { RecordedPackage, RecordReader } from '../../report/records.ts'
import { licencePath, programPath } from './normaliser.ts'

/** Finds Node in an image, where slipway put it. */
export const runtimeRecords: RecordReader = {
  kind: 'node',
  isRecord: (path) => path === licencePath,
  read: (layers) => ({ layers: layers.map(runtimeIn), requirements: { roots: ['node'], requires: new Map() } }),
}

function runtimeIn({ records, files }: LayerContents): readonly RecordedPackage[] {
  const [licence, program] = [files.get(licencePath), files.get(programPath)]
  if (!records.has(licencePath) || licence === undefined || program === undefined) return []
  return [{ name: 'node', version: '', architecture: '', size: licence + program }]
}
