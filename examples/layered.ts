// The manual's layered examples with commands: as the tools see the root, as the image's owner of everything, and from inside of it.
//
//   npx slipway build examples/layered.ts && docker load < result
//   $(npx slipway build examples/layered.ts#owned.stream) | docker load
import { debian } from 'slipway'

const { pkgs, dockerTools, writeShellScriptBin } = debian({ suite: 'trixie' })
const { buildLayeredImage, shadowSetup } = dockerTools

const greet = writeShellScriptBin('greet', 'echo "Hello from $(cat /extraCommands)"')

/** `extraCommands` works in the image's root, before it is packed. */
export default buildLayeredImage({
  name: 'layered-image',
  tag: 'latest',
  contents: [pkgs('bash'), pkgs('coreutils'), greet],
  extraCommands: 'echo extraCommands > ./extraCommands',
  config: { Cmd: [`${greet}/bin/greet`] },
})

/** `fakeRootCommands` also gives files their owners. */
export const owned = buildLayeredImage({
  name: 'layered-owned',
  tag: 'latest',
  contents: [pkgs('bash'), pkgs('coreutils')],
  fakeRootCommands: `
    mkdir -p ./home/jane
    chown 1000 ./home/jane
    ln -s ${greet}/bin/greet ./home/jane/greet
  `,
})

/** With `enableFakechroot` the image's root is "/". */
export const chrooted = buildLayeredImage({
  name: 'layered-chrooted',
  tag: 'latest',
  contents: [pkgs('bash'), pkgs('coreutils')],
  enableFakechroot: true,
  fakeRootCommands: `
    ${shadowSetup}
    useradd --create-home jane
  `,
})
