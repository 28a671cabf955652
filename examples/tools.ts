// Several programs in one environment, a script that uses them, and a folder of the project (this one).
//
//   npx slipway build examples/tools.ts && docker load < result && docker run --rm tools
import { debian } from 'slipway'

const { pkgs, dockerTools, buildEnv, path, writeShellScriptBin } = debian({ suite: 'trixie' })

const list = writeShellScriptBin('list-examples', `exec ${pkgs('coreutils')}/bin/ls -l ${path('.')}\n`)

export default dockerTools.buildLayeredImage({
  name: 'tools',
  tag: 'latest',
  contents: [buildEnv({ name: 'tools', paths: [pkgs('bash'), pkgs('coreutils'), list], pathsToLink: ['/bin'] })],
  config: { Cmd: ['list-examples'], Env: ['PATH=/bin'] },
})
