// Express and PostgreSQL's client, as TypeScript that Node runs as it is. The command is the script "start" of package.json.
//
//   npx slipway build examples/express/image.ts && docker load < result && docker run --rm -p 8080:8080 express
import { debian, node } from 'slipway'

const app = node({ on: debian({ suite: 'trixie' }) })

export default app.image({
  name: 'express',
  tag: 'latest',
  config: {
    ExposedPorts: { '8080/tcp': {} },
    Healthcheck: {
      Test: ['CMD', 'node', '-e', "fetch('http://127.0.0.1:8080/').then(({ ok }) => process.exit(ok ? 0 : 1))"],
      Interval: 5_000_000_000,
    },
  },
})
