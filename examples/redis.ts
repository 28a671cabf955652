// A server as people run it: users for it, a data folder, a volume. `npm run demo` builds this one.
//
//   npx slipway build examples/redis.ts && docker load < result
//   $(npx slipway build examples/redis.ts#stream) | docker load
import { debian } from 'slipway'

const { pkgs, dockerTools } = debian({ suite: 'trixie' })

export const redis = dockerTools.buildLayeredImage({
  name: 'redis',
  tag: 'latest',
  contents: [pkgs('redis-server'), dockerTools.fakeNss],
  extraCommands: (root) => root.mkdir('data'),
  config: {
    Cmd: ['redis-server'],
    WorkingDir: '/data',
    Volumes: { '/data': {} },
  },
})

/** The same image, never stored as an archive: the result is a script that streams it. */
export const stream = redis.stream

export default redis
