/**
 * `path()`: a file or directory of the user, added as by Nix's `builtins.path`: the store path follows from the NAR hash and the name.
 *
 * It is hashed when instantiated. The status of every file (device, inode, size, mtime, ctime) is remembered with the hash, so an
 * unchanged directory is not read again. Files are hashed once more when they are added to the store.
 */
import { basename, resolve } from 'node:path'
import { arrayOf, type Check, checkArguments, checkString, oneOf, optionsOf, orDefault, refuse } from '../base/check.ts'
import { type Digest, digestOf, digestOfAll, isDigest } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import { writeNar } from '../format/nar/write.ts'
import { contentAddress, nameFrom, parseStorePath, sourcePath } from '../store/store-path.ts'
import { diskFingerprint, fingerprinted } from '../tree/fingerprint.ts'
import { sourceTree } from '../tree/source-tree.ts'
import type { CallSite } from './call-sites.ts'
import { accepted, type From, isSettled, ofPresent, readsOf, rememberCall, rulesOf } from './from-disk.ts'
import type { Maker, Package, Recipe, Workshop } from './package.ts'
import { checkWritten, define } from './placeholder.ts'

/** Options of `path`. */
export interface PathOptions {
  /** Name of the store object. Default: the last part of the path. */
  readonly name?: string | null
  /**
   * Patterns as in `.gitignore`, relative to the directory: what they match is left out. Default: none.
   *
   * @example ['node_modules', '*.map']
   */
  readonly ignore?: readonly string[] | null
  /**
   * Names of ignore files. One that ends in `.dockerignore` is read at the root of the directory and has the meaning that `docker build` gives it;
   * any other is read in every directory below, where git looks for `.gitignore`, with git's meaning, and `.git` is left out too. Default: none.
   *
   * @example ['.dockerignore', '.gitignore']
   */
  readonly ignoreFiles?: readonly string[] | null
  /**
   * "allow" takes private keys and tokens, which are errors otherwise: files called `id_rsa`, `id_dsa`, `id_ecdsa` or `id_ed25519`; PEM and OpenSSH
   * private keys that others on this machine may not read; tokens in `.npmrc`. Default: they are errors.
   */
  readonly secrets?: 'allow' | null
}

/**
 * Describes a file or directory of this machine.
 *
 * @throws BuildError argument.*, placeholder.misplaced
 */
export function pathPackage(file: string, given: PathOptions | null = null, at: PathHome = { home: '/' }): Package {
  return fromDisk('path-1', file, given, at)
}

/** Describes a file or directory of this machine as `copy()` keeps it (copied-directory.ts). @throws BuildError argument.*, placeholder.misplaced */
export function copiedPackage(file: string, given: PathOptions, at: PathHome): Package {
  return fromDisk('copied-1', file, given, at)
}

function fromDisk(maker: 'path-1' | 'copied-1', file: string, given: PathOptions | null, at: PathHome): Package {
  const { path: from, options } = checkArguments(
    'path',
    { path: file, options: given },
    {
      path: (value, place) => resolve(at.home, checkWritten(value, place)),
      options: optionsOf({
        name: orDefault(checkString, null),
        ...ignoreChecks,
        secrets: orDefault(oneOf(['allow']), null),
      }),
    },
  )
  const { ignore, ignoreFiles, secrets } = options
  const name = options.name ?? nameFrom(basename(from))
  if (at.site !== undefined) rememberCall(from, at.site, file)
  return define<From>({
    maker,
    name,
    arguments: {
      ...{ file: from, ignore },
      ...(ignoreFiles.length === 0 ? {} : { ignoreFiles }),
      ...(secrets === null ? {} : { secrets }),
    },
  })
}

const ignoreFile: Check<string> = (value, place) => {
  const name = checkWritten(value, place)
  return /^\.{0,2}$|[/\0]/.test(name) ? refuse(place, value, 'the name of a file, such as ".dockerignore"') : name
}

const ignoreChecks = {
  ignore: orDefault(arrayOf(checkWritten, 'an array of strings'), []),
  ignoreFiles: orDefault(arrayOf(ignoreFile, 'an array of names of files, such as [".dockerignore"]'), []),
}

/** Where a file is named. */
export interface PathHome {
  /** Directory that a relative path starts at; absolute. */
  readonly home: string
  /** Position of the call, for errors. */
  readonly site?: CallSite | undefined
}

/** Makes the packages. */
export const pathMaker: Maker<From> = {
  instantiate: ({ name, arguments: from }, _given, shop) => pathRecipe(name, from, shop),
}

/** Returns the recipe of a file or directory of this machine. `file` is absolute. */
export function pathRecipe(name: string, from: From, shop: Workshop): Recipe {
  const narHash = ofPresent(from, () => hashOf(from, shop))
  const path = sourcePath(name, narHash)
  const { store } = shop
  return {
    ...{ path, name },
    as: 'store',
    inputs: [],
    requires: [],
    reads: readsOf(from),
    // The store checks the content against its address, so a directory that changed meanwhile is refused.
    realise: async () => {
      const similar = parseStorePath(store.memory.fact('source-object-1', from.file) ?? '')
      const added = await store.add(path, sourceTree(from.file, { ignore: rulesOf(from) }), {
        candidates: [],
        contentAddress: contentAddress('fixed:r', narHash),
        ...(similar === undefined ? {} : { similar }),
      })
      store.memory.rememberFact('source-object-1', from.file, path)
      return added
    },
  }
}

function hashOf(from: From, shop: Workshop): Digest {
  const { file, secrets = null } = from
  const ignore = rulesOf(from)
  const { memory } = shop.store
  // What was never read is read at once: its fingerprint is taken in the same walk.
  const key = digestOf(Buffer.from(canonicalJson([file, ignore, secrets])))
  const known = memory.fact('nar-hash-3', key)
  if (known !== undefined) {
    const [narHash = '', before] = known.split(' ')
    if (isDigest(narHash) && before === diskFingerprint(file, { ignore }).digest) return narHash
  }
  const { tree, fingerprint } = fingerprinted(file, { ignore })
  const narHash = digestOfAll(writeNar(accepted(from, tree)))
  const { digest, newest } = fingerprint()
  if (isSettled({ digest, newest }, shop.now)) memory.rememberFact('nar-hash-3', key, `${narHash} ${digest}`)
  return narHash
}
