/** Plans the files that `slipway init` writes: an `image.ts` that fits the project, and settings around it. Overwrites nothing. */
import { type Application, applicationIn, imageName } from './application.ts'
import { dockerIgnorePlan, ignorePlan, scriptPlan, tsconfigPlan } from './beside.ts'
import { applicationImage, plainImage, variablesOf } from './image-file.ts'
import { leftAlone, type Plan } from './planned.ts'
import {
  type Around,
  hasLock,
  type Manifest,
  manifestIn,
  type ProjectFiles,
  projectAround,
  workspacesIn,
} from './project.ts'

/** Plans the files for a project. */
export function planFor(files: ProjectFiles): Plan {
  const image = imagePlan(files)
  const parts = [
    files.text('image.ts') === undefined ? image : { ...leftAlone('image.ts'), next: image.next },
    tsconfigPlan(files),
    ignorePlan(files, '.gitignore', ['/result', '/result-*']),
    ...(image.isApplication && projectAround(files) === undefined ? [dockerIgnorePlan(files)] : []),
    scriptPlan(files, image.target),
  ]
  return {
    writes: parts.flatMap(({ writes }) => writes),
    decisions: parts.flatMap(({ decisions }) => decisions),
    next: parts.flatMap(({ next }) => next),
  }
}

function imagePlan(files: ProjectFiles): Plan & { readonly isApplication: boolean; readonly target: string } {
  const manifest = manifestIn(files)
  const { applications, others } =
    manifest === undefined ? { applications: [], others: [] } : applicationsIn(files, manifest)
  if (applications.length === 0) {
    const reason =
      manifest === undefined
        ? 'there is no package.json'
        : 'package.json has no dependencies, script "start" or "main" of an application'
    return {
      isApplication: false,
      writes: [{ file: 'image.ts', text: plainImage, isNew: true }],
      decisions: [`image.ts describes an image of Debian packages: ${reason}.`, ...others],
      target: 'image.ts',
      next: ['npx slipway build image.ts && docker load < result'],
    }
  }
  const several = applications.length > 1
  const target = targetOf(applications)
  return {
    isApplication: true,
    writes: [{ file: 'image.ts', text: applicationImage(applications), isNew: true }],
    decisions: [
      `image.ts describes ${several ? `${applications.length} Node applications, one for each workspace that can be started` : 'a Node application'}.`,
      ...applications.flatMap(({ name, why }) => (several ? why.map((each) => `${name}: ${each}`) : why)),
      ...others,
    ],
    target,
    next: [...lockAdvice(files), ...buildAdvice(files, applications, target)],
  }
}

interface Found {
  readonly applications: readonly Application[]
  /** About workspaces that are no application, one sentence each. */
  readonly others: readonly string[]
}

/** Returns the applications of a project: itself, or each workspace that has a command. */
function applicationsIn(files: ProjectFiles, manifest: Manifest): Found {
  const itself = { applications: [applicationIn(files, manifest, '')], others: [] }
  const none = { applications: [], others: [] }
  if (!manifest.hasWorkspaces && !isApplication(files, manifest)) return none
  const around = projectAround(files)
  if (around !== undefined) return { applications: [workspaceOf(around, manifest)], others: [] }
  if (!manifest.hasWorkspaces) return itself
  const started = workspacesIn(files).flatMap((workspace) => {
    const own = manifestIn(files, workspace)
    // A workspace without its own range inherits the project's.
    const application = own && applicationIn(files, { ...own, node: own.node ?? manifest.node }, workspace)
    return application === undefined || own?.start === undefined ? [] : [{ ...application, start: own.start }]
  })
  if (started.length === 0) return manifest.start === undefined ? none : itself
  const others = started.filter(({ isCertain }) => !isCertain)
  return {
    applications: withOwnNames(started.filter(({ isCertain }) => isCertain)),
    others: others.map(
      ({ workspace, start }) =>
        `${workspace} is left out: its script "start" does not run a file with node (${start}).`,
    ),
  }
}

/** Names those images that would have one name, such as the ones of @a/api and @b/api, after their directories. */
function withOwnNames(applications: readonly Application[]): readonly Application[] {
  const byName = Map.groupBy(applications, ({ name }) => name)
  return applications.map((each) =>
    byName.get(each.name)?.length === 1 ? each : { ...each, name: imageName(each.workspace) },
  )
}

/** Returns the application in the examined directory, a workspace of the project around it. */
function workspaceOf({ directory, workspace, files }: Around, manifest: Manifest): Application {
  const application = applicationIn(files, { ...manifest, node: manifest.node ?? manifestIn(files)?.node }, workspace)
  const where = `The lock file is in ${directory}, and has this directory as the workspace ${workspace}.`
  return { ...application, directory, why: [where, ...application.why] }
}

/** `npm install --save-dev slipway` by itself creates a package.json, too. */
function isApplication(files: ProjectFiles, { dependencies, start, main }: Manifest): boolean {
  return dependencies.size > 0 || start !== undefined || (main !== undefined && files.text(main) !== undefined)
}

function lockAdvice(files: ProjectFiles): readonly string[] {
  if (hasLock(files) || projectAround(files) !== undefined) return []
  const other = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'].find((file) => files.text(file) !== undefined)
  const reason =
    other === undefined
      ? 'there is no lock file'
      : `packages are taken from npm's lock file, and the project has ${other}`
  return [`npm install --package-lock-only   # ${reason}`]
}

function buildAdvice(files: ProjectFiles, applications: readonly Application[], target: string): readonly string[] {
  const needsBuild = applications.some(
    ({ files: own, directory, workspace }) =>
      own !== undefined && manifestIn(files, directory === undefined ? workspace : '')?.hasBuild === true,
  )
  return [
    ...(needsBuild
      ? ['npm run build   # slipway takes what your build leaves, and runs no script of the project']
      : []),
    `npx slipway build ${target} && docker load < result`,
  ]
}

/** Returns the first image of the file, as commands name it. */
function targetOf(applications: readonly Application[]): string {
  return applications.length < 2 ? 'image.ts' : `image.ts#${variablesOf(applications)[0]}`
}
