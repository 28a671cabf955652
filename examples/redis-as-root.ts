// The manual's example of `runAsRoot`: a folder of redis's own, made by the commands that one would type.
//
//   npx slipway build examples/redis-as-root.ts && docker load < result
import { debian } from 'slipway'

const { pkgs, dockerTools } = debian({ suite: 'trixie' })

export default dockerTools.buildImage({
  name: 'redis',
  tag: 'latest',
  copyToRoot: [pkgs('redis-server')],
  runAsRoot: `
    #!/bin/sh
    mkdir -p /data
  `,
  config: {
    Cmd: ['/usr/bin/redis-server'],
    WorkingDir: '/data',
    Volumes: { '/data': {} },
  },
})
