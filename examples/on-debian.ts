// An image on Debian's own, from Docker Hub: `slipway.lock` pins what the tag stands for, for every platform.
import { debian } from 'slipway'

const { pkgs, dockerTools } = debian({ suite: 'trixie' })

const slim = dockerTools.pullImage({ imageName: 'debian', imageTag: 'trixie-slim' })

export default dockerTools.buildLayeredImage({
  name: 'curl-on-debian',
  tag: 'latest',
  fromImage: slim,
  contents: [pkgs('curl'), dockerTools.caCertificates],
  config: { Entrypoint: ['curl'], Cmd: ['--version'] },
})
