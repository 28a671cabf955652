/**
 * Declarations that the exports of a module lead to: all that a user can meet in a parameter, a field or a result.
 *
 * Found by the compiler's symbols, not by names. Bodies and initial values of declarations lead nowhere.
 */
import { dirname } from 'node:path'
import type { Node } from 'typescript/unstable/ast'
import {
  isBlock,
  isComputedPropertyName,
  isExpressionWithTypeArguments,
  isFunctionDeclaration,
  isParameterDeclaration,
  isPropertyDeclaration,
  isTypeQueryNode,
  isTypeReferenceNode,
  isVariableDeclaration,
  isVariableDeclarationList,
} from 'typescript/unstable/ast/is'
import { API, type Checker, type Project, SymbolFlags, type Symbol as TypeScriptSymbol } from 'typescript/unstable/sync'

/** A declaration that exports lead to. */
export interface Reachable {
  readonly name: string
  /** Absolute path of the file that declares it. */
  readonly file: string
  /** Whether it declares a type, rather than a value whose type is asked for. */
  readonly isType: boolean
  readonly isExported: boolean
  /** Name of the first declaration found that refers to it; its own name for an export. */
  readonly from: string
  /** Its declarations: of an overloaded function, one for each signature. */
  readonly nodes: readonly Node[]
}

/** Where to start. */
export interface Entry {
  /** Absolute path of a `tsconfig.json` that includes `file`. */
  readonly config: string
  /** Absolute path of the module. Declarations outside its directory are not followed. */
  readonly file: string
}

/** Finds all declarations that the exports of a module lead to, exports first. */
export function reachableFrom({ config, file }: Entry): readonly Reachable[] {
  const api = new API({ cwd: dirname(config) })
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new Error(`${config} is not a project`)
    return walk(project, file)
  } finally {
    api.close()
  }
}

function walk({ program, checker }: Project, file: string): readonly Reachable[] {
  const source = program.getSourceFile(file)
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${file} is not a module`)
  const exported = checker.getExportsOfModule(module).map((symbol) => resolved(symbol, checker))
  const exportedIds = new Set(exported.map(({ id }) => id))
  const found = new Map<number, Reachable>()
  const pending = exported.map((symbol) => ({ symbol, from: symbol.name }))
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { symbol, from } = next
    const [first] = symbol.declarations
    if (found.has(symbol.id) || first === undefined || !first.path.startsWith(`${dirname(file)}/`)) continue
    const nodes = signaturesOf(symbol)
    const { name, flags } = symbol
    const isType = (flags & SymbolFlags.Type) !== 0
    found.set(symbol.id, { name, file: first.path, isType, isExported: exportedIds.has(symbol.id), from, nodes })
    for (const inner of symbolsIn(nodes, checker)) pending.push({ symbol: inner, from: name })
  }
  return [...found.values()]
}

function resolved(symbol: TypeScriptSymbol, checker: Checker): TypeScriptSymbol {
  return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)
}

/** The declarations of a symbol that a caller sees: not the one that implements overloads. */
function signaturesOf({ declarations }: TypeScriptSymbol): readonly Node[] {
  const nodes = declarations.flatMap((handle) => handle.resolve() ?? [])
  return nodes.length === 1 ? nodes : nodes.filter((node) => !isFunctionDeclaration(node) || node.body === undefined)
}

/** The symbols that declarations name, type parameters apart. */
function symbolsIn(nodes: readonly Node[], checker: Checker): readonly TypeScriptSymbol[] {
  const names: Node[] = []
  for (const node of nodes) collectNames(node, names)
  return checker
    .getSymbolAtLocation(names)
    .flatMap((symbol) => (symbol === undefined ? [] : resolved(symbol, checker)))
    .filter(({ flags }) => (flags & SymbolFlags.TypeParameter) === 0)
}

function collectNames(node: Node, names: Node[]): void {
  if (isBlock(node)) return
  if (isVariableDeclaration(node) || isParameterDeclaration(node) || isPropertyDeclaration(node)) {
    if (node.type !== undefined) collectNames(node.type, names)
    return
  }
  if (isTypeReferenceNode(node)) names.push(node.typeName)
  if (isExpressionWithTypeArguments(node) || isComputedPropertyName(node)) names.push(node.expression)
  if (isTypeQueryNode(node)) names.push(node.exprName)
  node.forEachChild((child) => collectNames(child, names))
}

/** The source of a declaration, from its doc comment on. */
export function sourceOf(node: Node): string {
  const statement = statementOf(node)
  const comment = commentOf(statement)
  return `${comment}${comment === '' ? '' : '\n'}${statement.getText()}`
}

/** The doc comment of a declaration or a member; empty when it has none. */
export function commentOf(node: Node): string {
  const statement = statementOf(node)
  const before = statement.getSourceFile().text.slice(statement.pos, statement.getStart())
  return before.match(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/(?=\s*$)/)?.[0] ?? ''
}

/** The statement of a variable; any other node itself. */
function statementOf(node: Node): Node {
  return isVariableDeclaration(node) || isVariableDeclarationList(node) ? statementOf(node.parent) : node
}
