// NestJS, compiled beforehand: dist with its source maps, which Node is then asked to use.
//
//   npm ci && npm run build && npx slipway build image.ts && docker load < result && docker run --rm -p 8080:8080 nest
import { debian, node } from 'slipway'

const app = node({ on: debian({ suite: 'trixie' }), files: ['dist'] })

export default app.image({ name: 'nest', tag: 'latest', config: { ExposedPorts: { '8080/tcp': {} } } })
