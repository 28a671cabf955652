/** References in YAML documents: found by a parser, replaced in the text, so that everything else stays as it is to the byte. */
import { isScalar, LineCounter, parseAllDocuments, type Scalar, visit } from 'yaml'
import { fail } from '../base/error.ts'

/** A string in a document that is a reference. */
export interface YamlReference {
  /** The string after the prefix. */
  readonly value: string
  /** Line of the file, from 1. */
  readonly line: number
  /** Where the scalar is in the text. */
  readonly start: number
  readonly end: number
}

/**
 * Finds the values that begin with a prefix, in all documents of a file, in order. Keys and comments are left alone.
 *
 * @param place - the file's name, for messages.
 * @throws BuildError yaml.invalid
 */
export function yamlReferences(text: string, place: string, prefix: string): readonly YamlReference[] {
  const lines = new LineCounter()
  const found: YamlReference[] = []
  for (const document of parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false })) {
    const [error] = document.errors
    if (error !== undefined) refuse(place, lines.linePos(error.pos[0]).line, error.message)
    visit(document, {
      Scalar: (key, node) => {
        const reference = key === 'key' ? undefined : referenceIn(node, prefix)
        if (reference !== undefined) found.push({ ...reference, line: lines.linePos(reference.start).line })
      },
    })
  }
  return found.sort((a, b) => a.start - b.start)
}

function referenceIn(node: Scalar, prefix: string): Omit<YamlReference, 'line'> | undefined {
  const { value, range } = node
  if (!isScalar(node) || typeof value !== 'string' || range === null || range === undefined) return undefined
  return value.startsWith(prefix)
    ? { value: value.slice(prefix.length).trim(), start: range[0], end: range[1] }
    : undefined
}

/**
 * Replaces references in a text. Quotes stay; a scalar of several lines becomes one in double quotes.
 *
 * @param replacements - a string for each reference, in their order.
 */
export function replaceReferences(
  text: string,
  references: readonly YamlReference[],
  replacements: readonly string[],
): string {
  let done = 0
  const parts: string[] = []
  references.forEach(({ start, end }, index) => {
    parts.push(text.slice(done, start), scalar(text.slice(start, end), replacements[index] ?? ''))
    done = end
  })
  return [...parts, text.slice(done)].join('')
}

function scalar(written: string, value: string): string {
  const quoted = JSON.stringify(value)
  if (written.startsWith("'")) return `'${value}'`
  if (written.startsWith('"')) return quoted
  // A block ends with its line; a plain image name needs no quotes.
  return /^[|>]/.test(written) ? `${quoted}${written.endsWith('\n') ? '\n' : ''}` : value
}

function refuse(place: string, line: number, message: string): never {
  return fail('yaml.invalid', `${place}:${line}: ${message.split('\n')[0]?.replace(/ at line .*$/, '')}.`, {
    remedy: 'Correct the file.',
    detail: { place, line },
  })
}
