/** The documentation's code compiles and runs, its commands exist, and its links lead somewhere. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { type Declaration, type Member, readDeclarations } from '../scripts/reference/declarations.ts'
import { referencePages } from '../scripts/reference/pages.ts'
import { checkConfig } from '../src/docker-tools/config.ts'
import { debian } from '../src/index.ts'
import { load } from '../src/load/load.ts'
import { removeTree } from '../src/store/remove.ts'
import { record } from '../src/tree/edit.ts'

const root = join(import.meta.dirname, '..')
const documents = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'],
  ...globSync('{docs,src,bench,data}/**/*.md', { cwd: root }),
].sort()
const declarations = readDeclarations(root)
const texts = new Map(documents.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

// Inside the repository, so that types are resolved as they are for its own sources.
const folder = mkdtempSync(join(root, 'node_modules', '.slipway-docs-'))
after(() => removeTree(folder))

test('code blocks in the documentation and examples in doc comments compile under the strict settings', () => {
  const written = writeBlocks(join(folder, 'compile'))
  assert.ok(written.length > 0, 'no code blocks found')
  writeDocExamples(join(folder, 'compile'))
  writeFileSync(
    join(folder, 'compile', 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'examples', 'tsconfig.json'),
      compilerOptions: { paths: { slipway: [join(root, 'src/index.ts')] } },
      include: ['*.ts', join(root, 'src/**/*.d.ts')],
    }),
  )
  const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, 'compile')], {
    encoding: 'utf8',
  })
  assert.equal(stdout, '')
  assert.equal(status, 0)
})

test('code blocks and examples evaluate without reading anything outside', async () => {
  // Not below node_modules, where Node runs no TypeScript.
  const outside = mkdtempSync(join(root, 'examples', '.run-'))
  try {
    // One block reads it at once.
    writeFileSync(join(outside, 'company-ca.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    const examples = globSync('examples/*.ts', { cwd: root }).map((file) => join(root, file))
    for (const file of [...writeBlocks(outside), ...examples]) {
      const { packages } = await load(file)
      assert.ok(packages.size > 0, file)
    }
  } finally {
    removeTree(outside)
  }
})

test('every exported declaration, and every member, has a doc comment', () => {
  const undocumented = declarations.flatMap(({ name, doc, members }) => [
    ...(doc.text === '' ? [name] : []),
    ...members.filter((member) => member.doc.text === '').map((member) => `${name}.${member.name}`),
  ])
  assert.deepEqual(undocumented, [])
})

test('every exported function, and every builder, has an example', () => {
  const functions = declarations.filter(({ kind }) => kind === 'function')
  const builders = declarations
    .filter(({ name }) => ['Builders', 'DockerTools', 'Root'].includes(name))
    .flatMap(({ members }) => members.filter(isMethod))
  assert.ok(builders.length > 20)
  assert.deepEqual(
    [...functions, ...builders].filter(({ doc }) => doc.examples.length === 0).map(({ name }) => name),
    [],
  )
})

test('every exported function documents its parameters and the errors that it throws', () => {
  const functions = declarations.filter(({ kind }) => kind === 'function')
  const undocumented = functions.flatMap(({ name, signature, doc }) => [
    ...[...signature.matchAll(/[(,] ?(\w+)\??: /g)]
      .map(([, parameter = '']) => parameter)
      .filter((parameter) => parameter !== 'options' && !doc.text.includes(`\`${parameter}\`: `))
      .map((parameter) => `${name}(${parameter})`),
    ...(doc.throws.length === 0 && name !== 'doctor' ? [`${name} @throws`] : []),
  ])
  assert.deepEqual(undocumented, [])
})

test('every field of the container config has an example that is valid', async () => {
  const { members } = declarationOf('ContainerConfigInput')
  const health = declarationOf('HealthcheckInput')
  const exampleValue = async ({ name, doc }: Member): Promise<unknown> => {
    const [example] = doc.examples
    assert.ok(example !== undefined, name)
    return runExample(`return (${example})`)
  }
  for (const member of members) checkConfig({ [member.name]: await exampleValue(member) }, 'config')
  for (const member of health.members)
    checkConfig({ Healthcheck: { [member.name]: await exampleValue(member) } }, 'config')
})

test('examples of builders and of typed commands run', async () => {
  const { pkgs, ...builders } = debian({ suite: 'bookworm' })
  const { dockerTools } = builders
  for (const name of ['Builders', 'DockerTools', 'FakeNss']) {
    const given = { pkgs, dockerTools, ...Object.fromEntries(methodsOf(builders)) }
    for (const text of examplesOf(name)) await runExample(text, given)
  }
  for (const text of examplesOf('Root')) {
    const commands = await runExample(`return (root) => { ${text} }`)
    assert.equal(record(commands, 'root').length, 1, text)
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

test('docs/reference matches the declarations (npm run reference)', () => {
  for (const [file, text] of referencePages(readDeclarations(root)))
    assert.equal(texts.get(`docs/reference/${file}`), text, file)
})

test('documents that sources mention exist', () => {
  const sources = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  const missing = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bdocs\/[a-z/-]+\.md\b/g)]
      .map(([name]) => name)
      .filter((name) => !existsSync(join(root, name)))
      .map((name) => `${file}: ${name}`),
  )
  assert.deepEqual(missing, [])
})

test('commands in the documentation exist', () => {
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

/** Anchors of headings: lower case, without punctuation, spaces as dashes. */
function sectionsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Writes every block of TypeScript that imports slipway to its own file. */
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

/**
 * Writes the examples of doc comments: each with an import to its own file; of the others, which can use a set's names, a member's example
 * is a value of its type, or, for a method, a statement.
 */
function writeDocExamples(into: string): void {
  const lines = declarations.flatMap(({ name, doc, members }) => [
    ...doc.examples.filter(isFragment),
    ...members.flatMap((member) =>
      member.doc.examples.map((text) =>
        isMethod(member) ? text : `satisfying<slipway.${name}['${member.name}']>(${text})`,
      ),
    ),
  ])
  writeFileSync(join(into, 'fragments.ts'), [fragmentsHead, ...lines, ''].join('\n'))
  const whole = declarations.flatMap(({ doc }) => doc.examples.filter((text) => !isFragment(text)))
  for (const [index, text] of whole.entries()) writeFileSync(join(into, `example-${index}.ts`), text)
}

const fragmentsHead = `import type * as slipway from 'slipway'
import { debian } from 'slipway'
const { pkgs, ...set } = debian({ suite: 'bookworm' })
const { dockerTools, buildEnv, symlinkJoin, path, copy, fetchurl, fetchzip, fetchTarball } = set
const { writeText, writeTextDir, writeScript, writeScriptBin, writeShellScript, writeShellScriptBin } = set
declare const root: slipway.Root
declare const api: slipway.NodePackageSet
declare function satisfying<T>(value: T): void`

function isFragment(text: string): boolean {
  return !text.includes("from 'slipway'")
}

function isMethod({ type }: Member): boolean {
  return /^[(<]/.test(type) && !type.startsWith('(readonly')
}

function declarationOf(name: string): Declaration {
  const found = declarations.find((each) => each.name === name)
  assert.ok(found !== undefined, name)
  return found
}

function examplesOf(name: string): readonly string[] {
  return declarationOf(name).members.flatMap(({ doc }) => doc.examples)
}

/** Runs JavaScript as the body of a function with the given parameter names. */
async function runExample(body: string, given: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const text = `export default ({ ${Object.keys(given).join(', ')} }) => { ${body} }`
  const { default: run } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  return run(given)
}

function methodsOf(builders: object): readonly [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(builders)).flatMap(([name, { value }]) =>
    typeof value === 'function' ? [[name, value]] : [],
  )
}
