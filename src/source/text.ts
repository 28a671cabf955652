/**
 * Texts and scripts: the `write…` functions of nixpkgs' trivial builders.
 *
 * `writeText` is Nix's text object (`builtins.toFile`: path from content and references); all others are pure trees.
 */
import { checkString } from '../base/check.ts'
import { digestOf } from '../base/digest.ts'
import { contentAddress, textPath } from '../store/store-path.ts'
import { directory, file, memoryTree } from '../tree/memory.ts'
import type { Instantiating, Maker, Package, Recipe } from './package.ts'
import { define } from './placeholder.ts'
import { pathsNamedIn, treeMaker } from './tree-maker.ts'

/** A file with this text; the store object is the file itself. @throws BuildError argument.invalid */
export function writeText(name: string, text: string): Package {
  return define({
    maker: 'text-1',
    name: checkString(name, 'writeText: name'),
    arguments: { text: checkString(text, 'writeText: text') },
  })
}

/** A directory that holds one text at a path inside it, such as `writeTextDir("etc/motd", "hello\n")`. */
export function writeTextDir(path: string, text: string): Package {
  return textTree('writeTextDir', {
    name: lastPart(checkString(path, 'writeTextDir: path')),
    path,
    text,
    executable: false,
  })
}

/** An executable file. */
export function writeScript(name: string, text: string): Package {
  return textTree('writeScript', { name, path: '', text, executable: true })
}

/** A directory with an executable file `bin/<name>`. */
export function writeScriptBin(name: string, text: string): Package {
  return textTree('writeScriptBin', { name, path: `bin/${name}`, text, executable: true })
}

/** An executable shell script: `text` behind a first line that names the set's shell. */
export function writeShellScript(shell: string, name: string, text: string): Package {
  return textTree('writeShellScript', {
    name,
    path: '',
    text: `#!${shell}\n${checkString(text, 'writeShellScript: text')}\n`,
    executable: true,
  })
}

/** The same as `bin/<name>` in a directory. */
export function writeShellScriptBin(shell: string, name: string, text: string): Package {
  const script = `#!${shell}\n${checkString(text, 'writeShellScriptBin: text')}\n`
  return textTree('writeShellScriptBin', { name, path: `bin/${name}`, text: script, executable: true })
}

interface TextTree {
  /** Inside the object; "" is the object itself. */
  readonly path: string
  readonly text: string
  readonly executable: boolean
}

function textTree(place: string, { name, ...tree }: TextTree & { readonly name: string }): Package {
  checkString(name, `${place}: name`)
  checkString(tree.text, `${place}: text`)
  return define({ maker: 'text-tree-1', name, arguments: tree })
}

/** Makes the trees. */
export const textTreeMaker: Maker<TextTree> = treeMaker(({ path, text, executable }) =>
  memoryTree({ '': directory(), [path]: file(text, { mode: executable ? 0o555 : 0o444 }) }),
)

/** Makes `writeText`'s. */
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

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
