// sharp, for amd64 and arm64 from any machine; `init` has tini as process 1, so the server needs no code for signals.
//
//   npx slipway build examples/sharp/image.ts && docker load < result && docker run --rm -p 8080:8080 sharp
import { debian, node } from 'slipway'

const imageFor = (architecture: 'amd64' | 'arm64') =>
  node({ on: debian({ suite: 'trixie', architecture }), init: true }).image({
    name: 'sharp',
    tag: 'latest',
    config: { ExposedPorts: { '8080/tcp': {} } },
  })

export const arm64 = imageFor('arm64')
export default imageFor('amd64')
