/**
 * Writes the package's declarations as one file: what its exports lead to, and nothing of what is inside.
 *
 * So a project that imports slipway needs no types but its own, with `skipLibCheck` off, too.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reachableFrom, sourceOf } from './reference/reachable.ts'

/** Compiles src/ at `root` and returns the text of its `index.d.ts`. Works below dist/, which must exist. */
export function rolledUpDeclarations(root: string): string {
  // Below the root, so that types of dependencies are found; the compiler names files by their real paths.
  const folder = realpathSync(mkdtempSync(join(root, 'dist', '.declarations-')))
  try {
    emitDeclarations(root, folder)
    return rollUp(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function emitDeclarations(root: string, folder: string): void {
  const options = ['-p', 'tsconfig.build.json', '--outDir', folder]
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), options, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}`)
  const compilerOptions = { module: 'nodenext', target: 'es2024', types: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.d.ts'] }))
}

function rollUp(folder: string): string {
  const declarations = reachableFrom({ config: join(folder, 'tsconfig.json'), file: join(folder, 'index.d.ts') })
  const names = declarations.map(({ name }) => name)
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  if (twice.length > 0) throw new Error(`declared more than once: ${twice.join(', ')}`)
  const texts = declarations.flatMap(({ nodes, isExported }) =>
    nodes.map(sourceOf).map((text) => (isExported ? text : text.replace(/^export /m, ''))),
  )
  // Without it, everything that a declaration file declares is exported.
  return `${[...texts, 'export {}'].join('\n')}\n`
}
