/** Pages of docs/reference: their declarations, and how these are formatted. */
import type { Declaration, Doc, Member } from './declarations.ts'

/** A page and its contents, in order. */
interface Page {
  readonly file: string
  readonly title: string
  readonly about: string
  /** Names of declarations, or a pattern for the rest of a kind. */
  readonly names: readonly string[]
}

const pages: readonly Page[] = [
  {
    file: 'images.md',
    title: 'Images',
    about:
      'The builders of `dockerTools` and their arguments. Optional arguments accept `null`, which means the default; `*` marks what is required.',
    names: [
      'DockerTools',
      'LayeredImageArguments',
      'LayeringStep',
      'LayeringPaths',
      'BuildImageArguments',
      'ExportImageArguments',
      'MergeImagesOptions',
      'ImageIndexOptions',
      'FakeNssArguments',
    ],
  },
  {
    file: 'config.md',
    title: 'The container config',
    about: 'The `config` argument of every image builder.',
    names: ['ContainerConfigInput', 'HealthcheckInput'],
  },
  {
    file: 'root.md',
    title: 'Typed commands',
    about: '`extraCommands`, `fakeRootCommands` and `runAsRoot` accept a function that is called once with a `Root`.',
    names: ['Commands', 'Root', 'Ownership', 'Owner', 'IfMissing', 'Skip', 'Recursive'],
  },
  {
    file: 'sets.md',
    title: 'Package sets',
    about: 'A package set is the packages of one source, with all builders bound to it.',
    names: ['debian', 'DebianOptions', 'DebianMirrors', 'PackageSet', 'Packages', 'Builders'],
  },
  {
    file: 'functions.md',
    title: 'Functions',
    about:
      'Every command is a function, too. Functions print nothing, never exit, and read no environment variable but those that name the store and the network.',
    names: ['build', 'stream', 'lock', 'inspect', 'gc'],
  },
  {
    file: 'types.md',
    title: 'Results and other types',
    about: 'What builders and functions return, and the types they share.',
    names: [],
  },
]

/**
 * Formats all pages: file name → content. Every declaration is on exactly one page; functions and types without a place are on the last
 * two.
 */
export function referencePages(declarations: readonly Declaration[]): ReadonlyMap<string, string> {
  const placed = new Set(pages.flatMap(({ names }) => names))
  const rest = declarations.filter(({ name }) => !placed.has(name))
  const restOf = (file: string): readonly Declaration[] =>
    file === 'functions.md'
      ? rest.filter(isForFunctions)
      : file === 'types.md'
        ? rest.filter((each) => !isForFunctions(each))
        : []
  const found = (name: string): readonly Declaration[] => declarations.filter((each) => each.name === name)
  return new Map(pages.map((page) => [page.file, pageText(page, [...page.names.flatMap(found), ...restOf(page.file)])]))
}

function isForFunctions({ kind, file, name }: Declaration): boolean {
  return kind === 'function' || (file.startsWith('src/actions/') && name.endsWith('Options'))
}

function pageText({ title, about }: Page, declarations: readonly Declaration[]): string {
  const head = `# ${title}\n\n<!-- Written by \`npm run reference\` from the declarations in src/. -->\n\n${about}\n`
  return [head, ...declarations.map(section)].join('\n')
}

function section({ name, kind, signature, doc, members }: Declaration): string {
  const shown = kind === 'interface' && !signature.includes(' extends ') ? '' : fenced(signature)
  return [`## ${name}`, docText(doc), shown, table(members), ...doc.examples.map(example), thrown(doc)]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

function docText({ text }: Doc): string {
  return text
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``
}

function example(text: string): string {
  return `\`\`\`ts\n${text.replace(/^```(ts)?\n?|\n?```$/g, '')}\n\`\`\``
}

function thrown({ throws }: Doc): string {
  return throws.length === 0 ? '' : `Errors: ${throws.join('; ')} (see [errors](../errors.md)).`
}

function table(members: readonly Member[]): string {
  if (members.length === 0) return ''
  const rows = members.map(
    ({ name, type, isOptional, doc }) => `| \`${name}\`${isOptional ? '' : ' *'} | ${code(type)} | ${cell(doc)} |`,
  )
  return ['| name | type | |', '| --- | --- | --- |', ...rows].join('\n')
}

function code(type: string): string {
  const text = type
    .replace(/ \| null( \| undefined)?$/, '')
    .replaceAll('readonly ', '')
    .replaceAll('|', '\\|')
  return `\`${text}\``
}

function cell({ text, examples }: Doc): string {
  const shown = examples.map((each) => `Example: \`${each.replace(/\n/g, ' ')}\`.`)
  return [text.replace(/\n+/g, ' '), ...shown]
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('|', '\\|')
}
