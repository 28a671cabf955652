// The manual's example of `shadowSetup`: a user and a group, made by useradd and groupadd in an image that has neither.
//
//   npx slipway build examples/shadow.ts && docker load < result
import { debian } from 'slipway'

const { dockerTools } = debian({ suite: 'trixie' })

export default dockerTools.buildImage({
  name: 'shadow-basic',
  tag: 'latest',
  runAsRoot: `
    #!/bin/sh
    ${dockerTools.shadowSetup}
    groupadd -r redis
    useradd -r -g redis redis
    mkdir /data
    chown redis:redis /data
  `,
})
