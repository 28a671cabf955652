// A service with Express and PostgreSQL. Node runs this TypeScript as it is: no build.
import process from 'node:process'
import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 1000 })
const app = express()

app.get('/', (_request, response) => {
  response.json({ name: 'express', node: process.version, architecture: process.arch, user: process.getuid?.() })
})

app.get('/time', async (_request, response) => {
  try {
    const { rows } = await pool.query('select now() as now')
    response.json(rows[0])
  } catch {
    response.status(503).json({ error: 'no database' })
  }
})

const server = app.listen(Number(process.env.PORT ?? 8080))

// As process 1 of a container Node gets no default action for signals.
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})
