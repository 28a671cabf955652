/** Syntax tree of a shell script (POSIX.1-2017, XCU 2.10), with the few constructs of bash that maintainer scripts use. */

/** Part of a word. Quoted parts are neither split nor expanded to pathnames. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'parameter'; readonly name: string; readonly quoted: boolean; readonly change?: Change }
  | { readonly kind: 'command'; readonly body: Command; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: readonly Part[]; readonly quoted: boolean }
  /** A construct that is not supported, such as arrays. */
  | { readonly kind: 'unknown'; readonly quoted: boolean }

/** `${name<operator>word}` (XCU 2.6.2). */
export interface Change {
  readonly operator: string
  readonly word: readonly Part[]
}

/** A word, with its source text. */
export interface Word {
  readonly parts: readonly Part[]
  readonly source: string
}

/** `name=value`, or `name+=value` where `appends`. */
export interface Assignment {
  readonly name: string
  readonly appends: boolean
  readonly value: Word
}

/** A redirection. `document` is the text of a here-document. */
export interface Redirection {
  readonly descriptor: number | undefined
  readonly operator: string
  readonly target: Word
  readonly document: { parts: readonly Part[] } | undefined
}

/** A simple command. `at` is its offset in the script. */
export interface SimpleCommand {
  readonly kind: 'simple'
  readonly assignments: readonly Assignment[]
  readonly words: readonly Word[]
  readonly redirections: readonly Redirection[]
  readonly source: string
  readonly at: number
}

/** One or more conditions with their bodies, in order. */
export interface Clause {
  readonly condition: Command
  readonly body: Command
}

/** One arm of `case`. */
export interface Arm {
  readonly patterns: readonly Word[]
  readonly body: Command
}

export type Command =
  | SimpleCommand
  | { readonly kind: 'list'; readonly commands: readonly Command[] }
  | { readonly kind: 'and' | 'or'; readonly left: Command; readonly right: Command }
  | { readonly kind: 'pipeline'; readonly commands: readonly Command[]; readonly negated: boolean }
  | { readonly kind: 'if'; readonly clauses: readonly Clause[]; readonly otherwise: Command | undefined }
  /** Over the positional parameters if `words` is undefined. */
  | { readonly kind: 'for'; readonly name: string; readonly words: readonly Word[] | undefined; readonly body: Command }
  | { readonly kind: 'while'; readonly until: boolean; readonly condition: Command; readonly body: Command }
  | { readonly kind: 'case'; readonly word: Word; readonly arms: readonly Arm[] }
  | { readonly kind: 'subshell'; readonly body: Command }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command }
  | { readonly kind: 'redirected'; readonly body: Command; readonly redirections: readonly Redirection[] }
  /** A construct that is not supported, such as `((…))`. */
  | { readonly kind: 'unknown'; readonly source: string; readonly at: number }
