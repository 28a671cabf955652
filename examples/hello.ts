// The smallest image: one Debian program and what it needs.
//
//   npx slipway build examples/hello.ts && docker load < result && docker run --rm hello
import { debian } from 'slipway'

const { pkgs, dockerTools } = debian({ suite: 'trixie' })

export default dockerTools.buildLayeredImage({
  name: 'hello',
  tag: 'latest',
  contents: [pkgs('hello')],
  config: { Cmd: [`${pkgs('hello')}/bin/hello`] },
})
