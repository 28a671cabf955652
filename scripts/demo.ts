/** End of `npm run demo`: prints how to use the image that was built. */
import { readlinkSync } from 'node:fs'

process.stdout.write(`
./result is a link to ${readlinkSync('result')}.
Load and run it where docker is:

  docker load < result
  docker run --rm --name redis --network none redis:latest
  docker exec redis redis-cli ping     # in another terminal; answers PONG

The same image, bit for bit, comes out on every machine. Its description is examples/redis.ts.
`)
