import process from 'node:process'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/api/hello', (context) => context.json({ hello: 'web' }))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) })

process.once('SIGTERM', () => server.close())
