/** Plans the files that accompany an `image.ts`: settings for editors, ignore rules, a script. */
import { isPlainObject, jsonIn } from '../base/document.ts'
import { leftAlone, type Plan } from './planned.ts'
import type { ProjectFiles } from './project.ts'

const tsconfig = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true,
    "allowImportingTsExtensions": true
  },
  "include": ["*.ts"]
}
`

/** Plans a tsconfig.json if there is none. */
export function tsconfigPlan(files: ProjectFiles): Plan {
  if (files.text('tsconfig.json') !== undefined) return leftAlone('tsconfig.json')
  const decisions = ['tsconfig.json lets editors check image.ts; nothing is compiled.']
  return { writes: [{ file: 'tsconfig.json', text: tsconfig, isNew: true }], decisions, next: [] }
}

/** Adds the lines that an ignore file lacks. */
export function ignorePlan(files: ProjectFiles, file: string, wanted: readonly string[]): Plan {
  const present = files.text(file)
  const lines = new Set((present ?? '').split(/\r?\n/).map((line) => line.trim()))
  const all = present === undefined ? ['node_modules', ...wanted] : wanted
  const missing = all.filter((line) => !lines.has(line) && !lines.has(line.slice(1)))
  if (missing.length === 0) return leftAlone(file)
  const before = present === undefined || present === '' || present.endsWith('\n') ? (present ?? '') : `${present}\n`
  return {
    writes: [{ file, text: `${before}${missing.join('\n')}\n`, isNew: present === undefined }],
    decisions: [`${file} ignores ${missing.join(', ')}: what is installed, and the links that builds leave.`],
    next: [],
  }
}

const dockerIgnore = `# Not part of images. slipway leaves out node_modules, .git, .npmrc and .env* by itself.
image.ts
slipway.lock
sbom.json
.gitignore
.dockerignore
`

/** Plans a .dockerignore if there is none. */
export function dockerIgnorePlan(files: ProjectFiles): Plan {
  if (files.text('.dockerignore') !== undefined) return leftAlone('.dockerignore')
  const decisions = [
    '.dockerignore keeps image.ts and slipway.lock out of the image, so that changing them changes no layer.',
  ]
  return { writes: [{ file: '.dockerignore', text: dockerIgnore, isNew: true }], decisions, next: [] }
}

const name = 'image'

/** Plans a script in package.json. @param target - the image to build: "image.ts" or "image.ts#api" */
export function scriptPlan(files: ProjectFiles, target: string): Plan {
  const text = files.text('package.json')
  const value = jsonIn(text ?? '')
  if (text === undefined || !isPlainObject(value)) return { writes: [], decisions: [], next: [] }
  const scripts = isPlainObject(value.scripts) ? value.scripts : {}
  const command = `slipway build ${target}`
  if (scripts[name] !== undefined) return leftAlone(`The script "${name}" of package.json`)
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
  const changed = { ...value, scripts: { ...scripts, [name]: command } }
  const end = text.endsWith('\n') ? '\n' : ''
  const written = `${JSON.stringify(changed, null, indent)}${end}`
  const isWindows = text.includes('\r\n')
  return {
    writes: [{ file: 'package.json', text: isWindows ? written.replaceAll('\n', '\r\n') : written, isNew: false }],
    decisions: [`package.json has the script "${name}": ${command}`],
    next: [],
  }
}
