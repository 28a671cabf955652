// Pictures of any size, by sharp: a package with native code, whose binaries for the image's platform come from its lock file.
import { createServer } from 'node:http'
import process from 'node:process'
import sharp from 'sharp'

const server = createServer(async (request, response) => {
  const width = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('width') ?? 16)
  const picture = sharp({ create: { width, height: width, channels: 3, background: 'teal' } })
  response.setHeader('Content-Type', 'image/png')
  response.end(await picture.png().toBuffer())
})

server.listen(Number(process.env.PORT ?? 8080))
