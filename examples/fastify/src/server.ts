// A service with Fastify: a page from a directory, a route that checks its input, a file that it may write.
import { appendFile } from 'node:fs/promises'
import process from 'node:process'
import fastifyStatic from '@fastify/static'
import { fastify } from 'fastify'
import { z } from 'zod'

const app = fastify()
const greeting = z.object({ name: z.string().min(1) })

await app.register(fastifyStatic, { root: new URL('../public', import.meta.url).pathname })

app.post('/hello', async (request, reply) => {
  const { success, data } = greeting.safeParse(request.body)
  if (!success) return reply.status(400).send({ error: 'name is missing' })
  await appendFile(new URL('../data/visitors', import.meta.url), `${data.name}\n`)
  return { hello: data.name }
})

await app.listen({ host: '0.0.0.0', port: Number(process.env.PORT ?? 8080) })

process.once('SIGTERM', () => void app.close())
