// Two applications of one repository, and the workspace that both use: each image has what its workspace reaches, and no more.
//
//   npx slipway build examples/workspace/image.ts#api && docker load < result && docker run --rm -p 8080:8080 workspace-api
import { debian, node } from 'slipway'

const on = debian({ suite: 'trixie' })

export const api = node({ on, workspace: 'api' }).image({
  name: 'workspace-api',
  tag: 'latest',
  config: { ExposedPorts: { '8080/tcp': {} } },
})

export const worker = node({ on, workspace: 'worker' }).image({ name: 'workspace-worker', tag: 'latest' })

export default api
