/**
 * Reads the declarations that src/index.ts exports, with their doc comments, from the sources.
 *
 * Relies on the formatter: a declaration starts in column 0, its members at an indentation of two, and ends at the first line that closes it in
 * column 0. Nothing is type-checked here.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An exported interface, type or function. */
export interface Declaration {
  readonly name: string
  readonly kind: 'interface' | 'type' | 'function' | 'class' | 'const'
  /** Name, type parameters, `extends` and, of a function, its parameters; without the body. */
  readonly signature: string
  readonly doc: Doc
  readonly members: readonly Member[]
  /** The source, relative to the root of the project. */
  readonly file: string
}

/** A field or method of an interface. */
export interface Member {
  readonly name: string
  /** The type of a field; of a method, its parameters and result. */
  readonly type: string
  readonly isOptional: boolean
  readonly doc: Doc
}

/** A doc comment, its text joined to one line a paragraph. */
export interface Doc {
  readonly text: string
  readonly examples: readonly string[]
  readonly throws: readonly string[]
}

/** Reads all exported declarations, in the order of src/index.ts. */
export function readDeclarations(root: string): readonly Declaration[] {
  const index = readFileSync(join(root, 'src/index.ts'), 'utf8')
  return [...index.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(([, , names = '', from = '']) => {
    const file = join('src', from)
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return names
      .split(',')
      .map((each) => each.trim().replace(/^type /, ''))
      .filter((each) => each !== '')
      .map((each) => readOne(each.split(' as ')[0] ?? each, lines, file))
  })
}

function readOne(name: string, lines: readonly string[], file: string): Declaration {
  const pattern = new RegExp(`^export (?:async )?(interface|type|function|class|const) ${name}\\b`)
  const starts = lines.flatMap((line, index) => (pattern.test(line) ? [index] : []))
  const [first] = starts
  if (first === undefined) {
    const [, from] =
      new RegExp(`export (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from '([^']+)'`).exec(lines.join('\n')) ?? []
    if (from === undefined) throw new Error(`${file} does not declare ${name}`)
    const next = join(dirname(file), from)
    return readOne(name, readFileSync(next, 'utf8').split('\n'), next)
  }
  const kind = pattern.exec(lines[first] ?? '')?.[1]
  // Overloads: the implementation, which comes last, is not for callers.
  const heads = starts.length > 1 ? starts.slice(0, -1) : starts
  return {
    name,
    kind: kindOf(kind),
    signature: heads.map((start) => headOf(lines, start)).join('\n'),
    doc: docBefore(lines, first),
    members: kind === 'interface' || (lines[first] ?? '').endsWith('{') ? membersFrom(lines, first + 1) : [],
    file,
  }
}

function kindOf(word: string | undefined): Declaration['kind'] {
  if (word === 'interface' || word === 'type' || word === 'function' || word === 'class' || word === 'const')
    return word
  throw new Error(`unreachable: a declaration of kind ${String(word)}`)
}

/** The declaration up to its body, on one line. */
function headOf(lines: readonly string[], start: number): string {
  let text = ''
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? ''
    text += `${text === '' ? '' : ' '}${line.trim()}`
    if (/[{]$/.test(line) && !/^\s/.test(line)) break
    if (/^(\)|\}).*[{]?$/.test(line) || (at === start && !/[({=|&,]$/.test(line))) break
    if (lines[at + 1] === '' || /^(export|function|const|\/\*\*)/.test(lines[at + 1] ?? '')) break
  }
  return tidy(text.replace(/^export (async )?/, '').replace(/ \{$/, ''))
}

function membersFrom(lines: readonly string[], start: number): readonly Member[] {
  const members: Member[] = []
  for (let at = start; at < lines.length && !/^\}/.test(lines[at] ?? ''); at++) {
    const line = lines[at] ?? ''
    const found = /^ {2}(?:readonly )?([A-Za-z]\w*)(\??)(:|\(|<)/.exec(line)
    if (found === null) continue
    const [all, name = '', optional = '', mark = ''] = found
    let text = line.slice(all.length - mark.length)
    while (!/^ {2}\S/.test(lines[at + 1] ?? '  x') || /^ {2}[)}\]|&]/.test(lines[at + 1] ?? '')) {
      if (/^\}/.test(lines[at + 1] ?? '')) break
      at++
      text += ` ${(lines[at] ?? '').trim()}`
    }
    const type = tidy(mark === ':' ? text.slice(1) : text)
    const doc = docBefore(lines, lines.lastIndexOf(line, at))
    members.push({ name, type, isOptional: optional === '?', doc })
  }
  return members
}

function tidy(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/([([{]) (?=\S)/g, (_all, open: string) => (open === '{' ? '{ ' : open))
    .replace(/,? ([)\]])/g, '$1')
    .replace(/^\| /, '')
    .trim()
}

/** The doc comment that ends on the line before `start`. */
function docBefore(lines: readonly string[], start: number): Doc {
  const collected: string[] = []
  let at = start - 1
  if (!/\*\/$/.test(lines[at] ?? '')) return { text: '', examples: [], throws: [] }
  for (; at >= 0; at--) {
    collected.unshift(
      (lines[at] ?? '')
        .trim()
        .replace(/^\/?\*{1,2}\/?\s?/, '')
        .replace(/\s*\*\/$/, ''),
    )
    if (/\/\*\*/.test(lines[at] ?? '')) break
  }
  return parseDoc(collected.join('\n').trim())
}

function parseDoc(text: string): Doc {
  const [body = '', ...tags] = text.split(/(?:^|\s)@(?=(?:param|returns|throws|example|see|deprecated|typeParam)\b)/)
  const tagged = (name: string): string[] =>
    tags.filter((tag) => tag.startsWith(name)).map((tag) => tag.slice(name.length).trim())
  const notes = tags.flatMap((tag) => /^(param|returns|deprecated)\s+([\s\S]*)/.exec(tag) ?? []).length
  const more = tags
    .filter((tag) => /^(param|deprecated)\b/.test(tag) && notes > 0)
    .map((tag) => tag.replace(/^param (\w+) - /, '`$1`: ').replace(/^deprecated\b/, 'Deprecated:'))
  return {
    text: [body, ...more]
      .join('\n\n')
      .split(/\n{2,}/)
      .map((paragraph) => paragraph.replace(/\n/g, ' ').trim())
      .filter((paragraph) => paragraph !== '')
      .join('\n\n'),
    examples: tagged('example'),
    throws: tagged('throws').map((each) => each.replace(/\n/g, ' ').replace(/^BuildError\s*/, '')),
  }
}
