'use strict'
// Runs the published bundle; in the repository the sources, unless a bundle newer than all of them was built.
const { existsSync, readdirSync, statSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const bundle = join(__dirname, '..', 'dist', 'slipway.cjs')
const sources = join(__dirname, '..', 'src')

function isFresh() {
  if (!existsSync(bundle)) return false
  const built = statSync(bundle).mtimeMs
  const files = readdirSync(sources, { recursive: true }).filter((name) => name.endsWith('.ts'))
  return files.every((name) => statSync(join(sources, name)).mtimeMs < built)
}

// Node's own cache of compiled code and of stripped types, in the folder that Node chooses: a third of the start-up time.
enableCompileCache()

const entry = !existsSync(sources) || isFresh() ? bundle : join(sources, 'cli', 'main.ts')
require(entry).main()
