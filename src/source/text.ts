/**
 * Files and scripts: the `write…` functions of nixpkgs' trivial builders.
 *
 * `writeText` is Nix's text object (`builtins.toFile`: path from content and references); all others are pure trees.
 */
import { type Check, checkArguments, checkString, refuse } from '../base/check.ts'
import { digestOf } from '../base/digest.ts'
import { contentAddress, nameFrom, textPath } from '../store/store-path.ts'
import { directory, file, memoryTree } from '../tree/memory.ts'
import { path as parsePath, root } from '../tree/path.ts'
import type { Instantiating, Maker, Package, Recipe } from './package.ts'
import { checkWritten, define } from './placeholder.ts'
import { pathsNamedIn, treeMaker } from './tree-maker.ts'

/** Describes a file with this content; the store object is the file itself. @throws BuildError argument.invalid */
export function writeText(name: string, text: string): Package {
  checkArguments('writeText', { name, text }, { name: checkString, text: checkString })
  return define({ maker: 'text-1', name, arguments: { text } })
}

/** Describes a directory with one file, at a path inside it, such as `writeTextDir("etc/motd", "hello\n")`. */
export function writeTextDir(path: string, text: string): Package {
  checkArguments('writeTextDir', { path, text }, { path: pathOfFile, text: checkString })
  return textTree({ name: nameFrom(lastPart(path)), path, text, executable: false })
}

/** Describes an executable file. */
export function writeScript(name: string, text: string): Package {
  checkArguments('writeScript', { name, text }, { name: checkString, text: checkString })
  return textTree({ name, path: '', text, executable: true })
}

/** Describes a directory with an executable file, `bin/<name>`. */
export function writeScriptBin(name: string, text: string): Package {
  checkArguments('writeScriptBin', { name, text }, { name: fileName, text: checkString })
  return textTree({ name: nameFrom(name), path: `bin/${name}`, text, executable: true })
}

/** Describes an executable shell script: `text` after a first line that names the set's shell. */
export function writeShellScript(shell: string, name: string, text: string): Package {
  checkArguments('writeShellScript', { name, text }, { name: checkString, text: checkString })
  return textTree({ name, path: '', text: `#!${shell}\n${text}\n`, executable: true })
}

/** Describes the same script as `bin/<name>` in a directory. */
export function writeShellScriptBin(shell: string, name: string, text: string): Package {
  checkArguments('writeShellScriptBin', { name, text }, { name: fileName, text: checkString })
  return textTree({ name: nameFrom(name), path: `bin/${name}`, text: `#!${shell}\n${text}\n`, executable: true })
}

const pathOfFile: Check<string> = (value, place) => {
  const text = checkString(value, place)
  return text.endsWith('/') || parsePath(text) === root
    ? refuse(place, value, 'the path of a file, such as "etc/motd"')
    : text
}

function lastPart(path: string): string {
  return path.split('/').findLast((part) => part !== '' && part !== '.') ?? ''
}

const fileName: Check<string> = (value, place) => {
  const text = checkWritten(value, place)
  return /^(\.{0,2}|.*[/\0].*)$/s.test(text) ? refuse(place, value, 'a file name, such as "hello"') : text
}

interface TextTree {
  /** Path inside the object; "" is the object itself. */
  readonly path: string
  readonly text: string
  readonly executable: boolean
}

function textTree({ name, ...tree }: TextTree & { readonly name: string }): Package {
  return define({ maker: 'text-tree-1', name, arguments: tree })
}

/** Maker of trees with one file. */
export const textTreeMaker: Maker<TextTree> = treeMaker(({ path, text, executable }) =>
  memoryTree({ '': directory(), [path]: file(text, { mode: executable ? 0o555 : 0o444 }) }),
)

/** Maker of `writeText`. */
export const textMaker: Maker<{ readonly text: string }> = {
  instantiate: ({ name, arguments: { text } }, given) => textRecipe(name, text, given),
}

function textRecipe(name: string, described: string, given: Instantiating): Recipe {
  const text = given.replace(described)
  const byPath = new Map(given.inputs.map((input) => [input.path, input]))
  const references = pathsNamedIn(text, byPath.keys())
  const digest = digestOf(text)
  const path = textPath(name, digest, references)
  return {
    path,
    name,
    as: 'store',
    inputs: references.flatMap((reference) => byPath.get(reference) ?? []),
    requires: [],
    realise: (shop) =>
      shop.store.add(path, memoryTree({ '': file(text, { mode: 0o444 }) }), {
        candidates: references,
        contentAddress: contentAddress('text', digest),
      }),
  }
}
