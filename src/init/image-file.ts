/** Generates the source of `image.ts`. */
import type { Application } from './application.ts'

/** Debian's stable release. */
const suite = 'trixie'

/** Describes an image of Debian packages, for a project without an application. */
export const plainImage: string = `// A container image. Build it and load it: npx slipway build image.ts && docker load < result
import { debian } from "slipway"

const { pkgs, dockerTools } = debian({ suite: "${suite}" })

// Own files: take copy from debian(), too, and add copy("./app", { to: "/app", owner: "app:app" }) to contents,
// fakeRootCommands: (root) => root.user("app", { home: "/app" }), and User: "app", WorkingDir: "/app" to config.
export default dockerTools.buildLayeredImage({
  name: "hello",
  tag: "latest",
  contents: [pkgs["hello"]],
  config: { Cmd: ["hello"] },
})
`

/** Describes the image of one application, or of one for each workspace that has one. */
export function applicationImage(applications: readonly Application[]): string {
  const [only] = applications
  const isOne = applications.length === 1 && only !== undefined
  const variables = variablesOf(applications)
  const parts = applications.map((each, index) => declaration(each, isOne ? 'app' : (variables[index] ?? ''), isOne))
  return [
    `// ${isOne ? 'The image of this application' : 'The images of this project, one for each application'}.`,
    `// Build it and load it: npx slipway build image.ts${isOne ? '' : `#${variables[0]}`} && docker load < result`,
    'import { debian, node } from "slipway"',
    '',
    `// The C library and all else that Node needs.`,
    `const on = debian({ suite: "${suite}" })`,
    '',
    '// With init, tini is process 1: the application ends on SIGTERM although it does not handle that signal.',
    parts.join('\n'),
  ].join('\n')
}

function declaration(application: Application, variable: string, isOne: boolean): string {
  const { directory, workspace, name, runtime, files, command, writable } = application
  const options = [
    ['on', undefined],
    ['directory', directory],
    ['workspace', workspace === '' ? undefined : workspace],
    ['runtime', runtime],
    ['files', files],
    // A .dockerignore counts only beside the lock file.
    ['ignore', directory === undefined || files !== undefined ? undefined : ['image.ts', 'slipway.lock']],
    ['writable', writable.length === 0 ? undefined : writable],
  ] as const
  const given = options.flatMap(([key, value]) =>
    key === 'on' ? [key] : value === undefined ? [] : [`${key}: ${literal(value)}`],
  )
  const config = command === undefined ? '' : `  config: { Cmd: ${literal(command)} },\n`
  const image = `image({\n  name: ${literal(name)},\n  tag: "latest",\n${config}})`
  const set = `node({ ${[...given, 'init: true'].join(', ')} })`
  return isOne
    ? `const ${variable} = ${set}\n\nexport default ${variable}.${image}\n`
    : `export const ${variable} = ${set}.${image}\n`
}

/** Names that no variable of `image.ts` can have: of its own constants, and reserved in modules (ECMAScript 2025, 12.7.2 and 13.1.1). */
const taken =
  'app debian node on arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  )

/** Returns the names of the applications' exports, in their order. */
export function variablesOf(applications: readonly Application[]): readonly string[] {
  const known = new Set(taken)
  return applications.map(({ name }) => {
    const camel = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    const plain = /^[a-z]/.test(camel) ? camel : `image${camel}`
    let free = plain
    while (known.has(free)) free = `${free}Image`
    known.add(free)
    return free
  })
}

function literal(value: string | readonly string[]): string {
  return typeof value === 'string' ? JSON.stringify(value) : `[${value.map((each) => JSON.stringify(each)).join(', ')}]`
}
