/** The documentation's code compiles and runs, its commands exist, and its links lead somewhere. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { load } from '../src/load/load.ts'
import { removeTree } from '../src/store/remove.ts'

const root = join(import.meta.dirname, '..')
const documents = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'],
  ...globSync('{docs,src,bench,data}/**/*.md', { cwd: root }),
].sort()
const texts = new Map(documents.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

// Inside the repository, so that types are found as they are by its own sources.
const folder = mkdtempSync(join(root, 'node_modules', '.slipway-docs-'))
after(() => removeTree(folder))

test('code blocks in the documentation compile under the strict settings', () => {
  const written = writeBlocks(join(folder, 'compile'))
  assert.ok(written.length > 0, 'there are code blocks')
  writeFileSync(
    join(folder, 'compile', 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'examples', 'tsconfig.json'),
      compilerOptions: { paths: { slipway: [join(root, 'src/index.ts')] } },
      include: ['*.ts', join(root, 'src/**/*.d.ts')],
    }),
  )
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, 'compile')], { stdio: 'pipe' })
})

test('code blocks and examples describe what they say without reading anything outside', async () => {
  // Not below node_modules, where Node runs no TypeScript.
  const outside = mkdtempSync(join(root, 'examples', '.run-'))
  try {
    const examples = globSync('examples/*.ts', { cwd: root }).map((file) => join(root, file))
    for (const file of [...writeBlocks(outside), ...examples]) {
      const { packages } = await load(file)
      assert.ok(packages.size > 0, file)
    }
  } finally {
    removeTree(outside)
  }
})

test('links in the documentation lead to files and sections that exist', () => {
  const broken = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      .filter(
        ([, target = '', section]) => !leadsSomewhere(target === '' ? file : join(dirname(file), target), section),
      )
      .map(([link]) => `${file}: ${link}`),
  )
  assert.deepEqual(broken, [])
})

test('documents that sources refer to exist', () => {
  const missing = globSync('src/**/*.ts', { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bdocs\/[a-z/-]+\.md\b/g)]
      .map(([name]) => name)
      .filter((name) => !existsSync(join(root, name)))
      .map((name) => `${file}: ${name}`),
  )
  assert.deepEqual(missing, [])
})

test('commands that the documentation shows exist', () => {
  const { stdout } = spawnSync(process.execPath, [join(root, 'bin/slipway.js'), '--help'], { encoding: 'utf8' })
  const known = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map((match) => match[1])
  const shown = [...(texts.get('README.md') ?? '').matchAll(/npx slipway ([a-z-]+)/g)].map((match) => match[1])
  assert.deepEqual(
    shown.filter((name) => !known.includes(name)),
    [],
  )
})

function leadsSomewhere(file: string, section: string | undefined): boolean {
  if (!existsSync(join(root, file))) return false
  return section === undefined || sectionsOf(readFileSync(join(root, file), 'utf8')).includes(section)
}

/** Anchors of headings: lower case, punctuation dropped, spaces as dashes. */
function sectionsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Writes every block of TypeScript that imports slipway into a file of its own. */
function writeBlocks(into: string): string[] {
  mkdirSync(into, { recursive: true })
  const blocks = [...texts].flatMap(([, text]) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)])
  return blocks
    .map((match) => match[1] ?? '')
    .filter((block) => block.includes('from "slipway"'))
    .map((block, index) => {
      const file = join(into, `block-${index}.ts`)
      writeFileSync(file, block)
      return file
    })
}
