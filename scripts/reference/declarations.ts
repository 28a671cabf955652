/** Reads the declarations that src/index.ts exports, with their doc comments, from the sources. */
import { join, relative } from 'node:path'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import {
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isInterfaceDeclaration,
  isIntersectionTypeNode,
  isMethodSignatureDeclaration,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
  isTypeLiteralNode,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is'
import { commentOf, type Reachable, reachableFrom } from './reachable.ts'

/** An exported interface, type or function. */
export interface Declaration {
  readonly name: string
  readonly kind: 'interface' | 'type' | 'function' | 'class' | 'const'
  /** Name, type parameters, `extends` and, for a function, its parameters; without the body. */
  readonly signature: string
  readonly doc: Doc
  readonly members: readonly Member[]
  /** The source, relative to the root of the project. */
  readonly file: string
}

/** A field or method of an interface. */
export interface Member {
  readonly name: string
  /** Type of a field; for a method, its parameters and result. */
  readonly type: string
  readonly isOptional: boolean
  readonly doc: Doc
}

/** A doc comment, with each paragraph joined to one line. */
export interface Doc {
  readonly text: string
  readonly examples: readonly string[]
  readonly throws: readonly string[]
}

/** Reads all exported declarations, in the order of src/index.ts. */
export function readDeclarations(root: string): readonly Declaration[] {
  return reachableFrom({ config: join(root, 'tsconfig.json'), file: join(root, 'src/index.ts') })
    .filter(({ isExported }) => isExported)
    .map((reachable) => declarationOf(reachable, root))
}

function declarationOf({ name, file, nodes }: Reachable, root: string): Declaration {
  const [first] = nodes
  if (first === undefined) throw new Error(`unreachable: ${name} is declared nowhere`)
  return {
    name,
    kind: kindOf(first),
    signature: nodes.map(headOf).join('\n'),
    doc: parseDoc(commentOf(first)),
    members: membersOf(first).flatMap(memberOf),
    file: relative(root, file),
  }
}

function kindOf(node: Node): Declaration['kind'] {
  if (isInterfaceDeclaration(node)) return 'interface'
  if (isTypeAliasDeclaration(node)) return 'type'
  if (isFunctionDeclaration(node)) return 'function'
  if (isClassDeclaration(node)) return 'class'
  if (isVariableDeclaration(node)) return 'const'
  throw new Error(`unreachable: ${node.getText()} is exported`)
}

/** The declaration without its body, its members or its value, on one line. */
function headOf(node: Node): string {
  if (isVariableDeclaration(node)) return `const ${node.name.getText()}: ${node.type?.getText()}`
  const text = node.getSourceFile().text.slice(node.getStart(), endOfHead(node))
  const separated = isTypeAliasDeclaration(node) ? text.replace(memberEnd, '; ') : text
  return tidy(separated.replace(/^export (async )?/, '')).replace(/ \{$/, '')
}

/** Members of a type on lines of their own are separated by the ends of their lines. */
const memberEnd = /(?<=[^\s{([,|&=<;])\n\s*(?=(?:readonly )?[\w[])/g

function endOfHead(node: Node): number {
  if (isFunctionDeclaration(node)) return node.body?.pos ?? node.end
  return isInterfaceDeclaration(node) || isClassDeclaration(node) ? node.members.pos : node.end
}

function membersOf(node: Node): readonly Node[] {
  if (isInterfaceDeclaration(node) || isClassDeclaration(node) || isTypeLiteralNode(node)) return [...node.members]
  if (isTypeAliasDeclaration(node)) return membersOf(node.type)
  return isIntersectionTypeNode(node) ? [...node.types].flatMap(membersOf) : []
}

/** A field, a method or a constructor; none for what is inherited, private or has no name. */
function memberOf(node: Node): readonly Member[] {
  const source = node.getSourceFile()
  const doc = parseDoc(commentOf(node))
  if (isConstructorDeclaration(node)) {
    const type = textBetween(node.getStart() + 'constructor'.length, node.body?.pos ?? node.end, source)
    return [{ name: 'constructor', type, isOptional: false, doc }]
  }
  const isField = isPropertySignatureDeclaration(node) || isPropertyDeclaration(node)
  if (!(isField || isMethodSignatureDeclaration(node)) || !isIdentifier(node.name)) return []
  if (/\boverride\b/.test(textBetween(node.getStart(), node.name.getStart(), source))) return []
  const type = isField ? tidy(node.type?.getText() ?? '') : textBetween(node.name.end, node.end, source)
  return [{ name: node.name.text, type, isOptional: node.postfixToken !== undefined, doc }]
}

function textBetween(start: number, end: number, { text }: SourceFile): string {
  return tidy(text.slice(start, end))
}

function tidy(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/([([{]) (?=\S)/g, (_all, open: string) => (open === '{' ? '{ ' : open))
    .replace(/,? ([)\]])/g, '$1')
    .replace(/^\| /, '')
    .trim()
}

function parseDoc(comment: string): Doc {
  const text = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .trim()
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
