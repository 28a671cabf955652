// Fastify with a page and a directory that the application, which is not root, may write to; for amd64 and arm64 from any machine.
//
//   npx slipway build examples/fastify/image.ts && docker load < result && docker run --rm -p 8080:8080 fastify
import { debian, node } from 'slipway'

const imageFor = (architecture: 'amd64' | 'arm64') =>
  node({
    on: debian({ suite: 'trixie', architecture }),
    files: ['src', 'public'],
    writable: ['data'],
  }).image({ name: 'fastify', tag: 'latest', config: { ExposedPorts: { '8080/tcp': {} } } })

export const arm64 = imageFor('arm64')
export default imageFor('amd64')
