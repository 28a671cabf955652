import process from 'node:process'
import { seconds } from '@example/shared'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/seconds/:duration', (context) => context.json({ seconds: seconds(context.req.param('duration')) }))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) })

process.once('SIGTERM', () => server.close())
