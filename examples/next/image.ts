// Next.js, built beforehand: what the build left, and a cache that the server may write to.
//
//   npm ci && npm run build && npx slipway build image.ts && docker load < result && docker run --rm -p 3000:3000 next
import { debian, node } from 'slipway'

const app = node({
  on: debian({ suite: 'trixie' }),
  files: ['.next', 'public'],
  ignore: ['/.next/cache', '/.next/dev'],
  writable: ['.next/cache'],
})

export default app.image({ name: 'next', tag: 'latest', config: { ExposedPorts: { '3000/tcp': {} } } })
