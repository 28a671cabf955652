import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planFor } from './plan.ts'
import type { Plan } from './planned.ts'

/** Plans for a project with some files; objects are JSON. */
function planned(given: Readonly<Record<string, string | object>>): Plan & { text(file: string): string } {
  const texts = new Map(
    Object.entries(given).map(([file, each]) => [
      file,
      typeof each === 'string' ? each : `${JSON.stringify(each, null, 2)}\n`,
    ]),
  )
  const plan = planFor({
    name: 'My Project',
    text: (file) => texts.get(file),
    hasDirectory: (directory) => [...texts.keys()].some((file) => file.startsWith(`${directory}/`)),
  })
  return { ...plan, text: (file) => plan.writes.find((each) => each.file === file)?.text ?? '' }
}

const lock = { name: 'x', lockfileVersion: 3, packages: { '': {} } }

test('a service in TypeScript without a build: its start script, all files, engines', () => {
  const plan = planned({
    'package.json': {
      name: '@team/orders-api',
      engines: { node: '>=24' },
      scripts: { start: 'node src/server.ts' },
      dependencies: { express: '5' },
    },
    'package-lock.json': lock,
  })
  assert.equal(
    plan.text('image.ts'),
    `// The image of this application.
// Build it and load it: npx slipway build image.ts && docker load < result
import { debian, node } from "slipway"

// The C library and all else that Node needs.
const on = debian({ suite: "trixie" })

// With init, tini is process 1: the application ends on SIGTERM although it does not handle that signal.
const app = node({ on, init: true })

export default app.image({
  name: "orders-api",
  tag: "latest",
})
`,
  )
  assert.deepEqual(plan.next, ['npx slipway build image.ts && docker load < result'])
  assert.match(plan.decisions.join('\n'), /engines\.node of package\.json, >=24/)
})

test('a built application takes what its build leaves and what it reads while it runs', () => {
  const plan = planned({
    'package.json': { name: 'web', scripts: { build: 'tsc', start: 'node dist/main.js' }, dependencies: { hono: '4' } },
    'public/index.html': '',
    'package-lock.json': lock,
  })
  assert.match(plan.text('image.ts'), /node\(\{ on, runtime: "24", files: \["dist", "public"\], init: true \}\)/)
  assert.match(plan.next.join('\n'), /^npm run build .*\nnpx slipway build image\.ts/)
})

test('a start script that needs more than node gives a command to be checked', () => {
  const next = planned({
    'package.json': { scripts: { build: 'next build', start: 'next start -p 80' }, dependencies: { next: '15' } },
  })
  assert.match(next.text('image.ts'), /writable: \["\.next\/cache"\]/)
  assert.match(
    next.text('image.ts'),
    /config: \{ Cmd: \["node_modules\/next\/dist\/bin\/next", "start", "-p", "80"\] \},/,
  )
  assert.match(next.text('image.ts'), /name: "my-project"/)
  const other = planned({
    'package.json': { main: 'lib/a.js', scripts: { start: 'NODE_ENV=x node a.js' } },
    'lib/a.js': '',
  })
  assert.match(other.text('image.ts'), /config: \{ Cmd: \["lib\/a\.js"\] \}/)
  assert.match(other.decisions.join('\n'), /needs more than node \(NODE_ENV=x node a\.js\)\. Check it/)
})

test("a framework's command is the file that the lock file names, with the words of the script", () => {
  const bins = {
    '@remix-run/serve': { 'remix-serve': 'dist/cli.js' },
    '@react-router/serve': { 'react-router-serve': './bin.cjs' },
  }
  const places = Object.entries(bins).map(([name, bin]) => [`node_modules/${name}`, { bin }] as const)
  for (const [start, words] of [
    ['remix-serve ./build/index.js', ['node_modules/@remix-run/serve/dist/cli.js', './build/index.js']],
    ['npx react-router-serve "build/a b.js"', ['node_modules/@react-router/serve/bin.cjs', 'build/a b.js']],
    ['NODE_ENV=production next start -p 80', ['node_modules/next/dist/bin/next', 'start', '-p', '80']],
    ['next start -p ${PORT:-80}', ['node_modules/next/dist/bin/next', 'start']],
    ['nest start --watch', ['dist/main.js']],
  ] as const) {
    const plan = planned({
      'package.json': { scripts: { start } },
      'package-lock.json': { packages: { '': {}, ...Object.fromEntries(places) } },
    })
    const [, cmd] = /Cmd: (\[.*\]) \}/.exec(plan.text('image.ts')) ?? []
    assert.deepEqual(JSON.parse(cmd ?? 'null'), words)
  }
})

test('a start script without NODE_ENV and .env files, which are not in images, is the command', () => {
  for (const start of [
    'node --env-file=.env dist/a.js',
    'node --env-file .env --env-file=.env.local dist/a.js',
    'NODE_ENV=production node dist/a.js',
    'cross-env NODE_ENV=production node --env-file=.env dist/a.js',
  ]) {
    const plan = planned({ 'package.json': { scripts: { build: 'tsc', start } } })
    assert.match(plan.text('image.ts'), /files: \["dist"\].*\n\n.*\n.*\n.*\n {2}config: \{ Cmd: \["dist\/a\.js"\] \}/)
    assert.match(plan.decisions.join('\n'), /no \.env file/)
  }
})

test('a start script that compiles TypeScript as it runs becomes node alone', () => {
  const { decisions, text } = planned({ 'package.json': { scripts: { start: 'tsx src/a.ts' } } })
  assert.match(text('image.ts'), /config: \{ Cmd: \["src\/a\.ts"\] \}/)
  assert.match(decisions.join('\n'), /Node runs TypeScript as it is, without "tsx src\/a\.ts"/)
  const other = (manifest: object): string => planned({ 'package.json': manifest }).text('image.ts')
  const start = "tsx 'src/a b.ts' --port 80"
  assert.match(other({ scripts: { start } }), /Cmd: \["src\/a b\.ts", "--port", "80"\]/)
  assert.match(
    other({ scripts: { start }, dependencies: { tsx: '4' } }),
    /Cmd: \["--import", "tsx", "src\/a b\.ts", "--port", "80"\]/,
  )
})

test("a project without npm's lock file gets a hint how to create one", () => {
  const manifest = { scripts: { start: 'node a.js' } }
  assert.match(
    planned({ 'package.json': manifest }).next[0] ?? '',
    /^npm install --package-lock-only .*there is no lock file$/,
  )
  assert.match(
    planned({ 'package.json': manifest, 'pnpm-lock.yaml': '' }).next[0] ?? '',
    /the project has pnpm-lock\.yaml$/,
  )
})

test('each workspace that can be started is an image', () => {
  const plan = planned({
    'package.json': { name: 'mono', workspaces: ['packages/*'], engines: { node: '24' } },
    'package-lock.json': {
      packages: {
        'node_modules/@m/shared': { resolved: 'packages/shared', link: true },
        'node_modules/@m/web-api': { resolved: 'packages/api', link: true },
        'node_modules/@m/worker': { resolved: 'packages/worker', link: true },
        'node_modules/@m/site': { resolved: 'packages/site', link: true },
        'packages/api': {},
      },
    },
    'packages/api/package.json': { name: '@m/web-api', scripts: { start: 'node src/a.ts' } },
    'packages/worker/package.json': {
      name: '@m/worker',
      scripts: { start: 'node dist/w.js' },
      engines: { node: '26' },
    },
    'packages/worker/dist/w.js': '',
    'packages/shared/package.json': { name: '@m/shared' },
    'packages/site/package.json': { name: '@m/site', scripts: { start: 'vite preview' } },
  })
  assert.equal(
    plan.text('image.ts').split('\n').slice(8).join('\n'),
    `export const webApi = node({ on, workspace: "packages/api", init: true }).image({
  name: "web-api",
  tag: "latest",
})

export const worker = node({ on, workspace: "packages/worker", files: ["dist"], init: true }).image({
  name: "worker",
  tag: "latest",
})
`,
  )
  assert.equal(plan.next.at(-1), 'npx slipway build image.ts#webApi && docker load < result')
  assert.match(plan.text('package.json'), /"image": "slipway build image\.ts#webApi"/)
  assert.match(
    plan.decisions.join('\n'),
    /packages\/site is left out: its script "start" does not run a file with node \(vite preview\)\./,
  )
})

test('workspaces are exported by names that a module can have, each by its own', () => {
  const names = ['@a/api', '@b/api', 'class', 'on', 'node', 'class-image', 'await', 'a-1', 'a1', undefined]
  const directories = names.map((_, index) => `apps/is-${index}`)
  const links = directories.map((resolved, index) => [`node_modules/x${index}`, { resolved, link: true }] as const)
  const plan = planned({
    'package.json': { name: 'mono', workspaces: ['apps/*'] },
    'package-lock.json': { packages: Object.fromEntries(links) },
    ...Object.fromEntries(
      directories.map((each, index) => [
        `${each}/package.json`,
        { name: names[index], scripts: { start: 'node a.js' } },
      ]),
    ),
  })
  const text = plan.text('image.ts')
  const found = [...text.matchAll(/^export const (\w+) = [\s\S]*?name: "([^"]+)"/gm)].map(([, ...each]) => each)
  assert.deepEqual(found, [
    ['appsIs0', 'apps-is-0'],
    ['appsIs1', 'apps-is-1'],
    ['classImage', 'class'],
    ['onImage', 'on'],
    ['nodeImage', 'node'],
    ['classImageImage', 'class-image'],
    ['awaitImage', 'await'],
    ['a1', 'a-1'],
    ['a1Image', 'a1'],
    // npm calls a workspace without a name after its directory.
    ['is9', 'is-9'],
  ])
  assert.match(text, /build image\.ts#appsIs0 /)
})

test('workspaces are found in npm-shrinkwrap.json, too, before package-lock.json', () => {
  const plan = planned({
    'package.json': { name: 'mono', workspaces: ['packages/*'] },
    'npm-shrinkwrap.json': { packages: { 'node_modules/api': { resolved: 'packages/api', link: true } } },
    'package-lock.json': { packages: {} },
    'packages/api/package.json': { name: 'api', scripts: { start: 'node a.js' } },
  })
  assert.match(plan.text('image.ts'), /node\(\{ on, workspace: "packages\/api", /)
})

test('a workspace by itself is described with the lock file of the project around it', () => {
  const api = { name: 'api', version: '1.0.0', scripts: { start: 'node a.js' } }
  const packages = { '': {}, 'packages/api': {}, 'node_modules/api': { resolved: 'packages/api', link: true } }
  const plan = planned({
    'package.json': api,
    '../../package.json': { workspaces: ['packages/*'], engines: { node: '22' } },
    '../../package-lock.json': { lockfileVersion: 3, packages },
    '../../packages/api/package.json': api,
  })
  assert.match(
    plan.text('image.ts'),
    /node\(\{ on, directory: "\.\.\/\.\.", workspace: "packages\/api", ignore: \["image\.ts", "slipway\.lock"\], init: true \}\)/,
  )
  assert.match(
    plan.decisions.join('\n'),
    /The lock file is in \.\.\/\.\., and has this directory as the workspace packages\/api\./,
  )
  assert.deepEqual(plan.next, ['npx slipway build image.ts && docker load < result'])
  assert.equal(plan.text('.dockerignore'), '')
})

test("a workspace's framework is run where npm's lock file has it", () => {
  const manifest = { name: 'site', scripts: { start: 'next start' }, dependencies: { next: '15' } }
  const commandWith = (packages: object): string =>
    planned({
      'package.json': { name: 'mono', workspaces: ['apps/*'] },
      'package-lock.json': { packages: { 'node_modules/site': { resolved: 'apps/site', link: true }, ...packages } },
      'apps/site/package.json': manifest,
    }).text('image.ts')
  assert.match(
    commandWith({ 'node_modules/next': {} }),
    /Cmd: \["\.\.\/\.\.\/node_modules\/next\/dist\/bin\/next", "start"\]/,
  )
  assert.match(
    commandWith({ 'apps/site/node_modules/next': {} }),
    /Cmd: \["node_modules\/next\/dist\/bin\/next", "start"\]/,
  )
})

test('a directory without an application gets an image of Debian packages', () => {
  for (const files of [{}, { 'package.json': { devDependencies: { slipway: '0.1.0' } } }]) {
    const plan = planned(files)
    assert.match(plan.text('image.ts'), /pkgs\["hello"\]/)
    assert.equal(plan.text('.dockerignore'), '')
  }
})

test('a package.json that is not JSON is an error, and Windows line ends are kept', () => {
  assert.throws(() => planned({ 'package.json': '{ broken' }), {
    code: 'npm.lock-invalid',
    message: /^package\.json is not/,
  })
  const plan = planned({ 'package.json': '{\r\n  "scripts": { "start": "node a.js" }\r\n}\r\n' })
  assert.match(
    plan.text('package.json'),
    /^\{\r\n {2}"scripts": \{\r\n[^\n]*\r\n {4}"image": "slipway build image\.ts"\r\n/,
  )
})

test('what is there is left alone; ignore rules and the script are added', () => {
  const plan = planned({
    'image.ts': 'mine',
    'tsconfig.json': '{}',
    '.dockerignore': 'x',
    '.gitignore': 'node_modules\n/result',
    'package.json': '{\n\t"name": "a",\n\t"scripts": {\n\t\t"start": "node a.js"\n\t}\n}',
  })
  assert.deepEqual(
    plan.writes.map(({ file, isNew }) => [file, isNew]),
    [
      ['.gitignore', false],
      ['package.json', false],
    ],
  )
  assert.equal(plan.text('.gitignore'), 'node_modules\n/result\n/result-*\n')
  assert.equal(
    plan.text('package.json'),
    '{\n\t"name": "a",\n\t"scripts": {\n\t\t"start": "node a.js",\n\t\t"image": "slipway build image.ts"\n\t}\n}',
  )
  assert.deepEqual(
    planned({
      'image.ts': '',
      'tsconfig.json': '',
      '.gitignore': 'result\nresult-*',
      '.dockerignore': '',
      'package.json': { scripts: { image: 'x', start: 'node a.js' } },
    }).writes,
    [],
  )
})
