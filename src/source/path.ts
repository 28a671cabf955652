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
import { BuildError, errorCode, fail } from '../base/error.ts'
import { writeNar } from '../format/nar/write.ts'
import { contentAddress, nameFrom, parseStorePath, sourcePath } from '../store/store-path.ts'
import { wouldTake } from '../tree/disk.ts'
import { diskFingerprint, fingerprinted } from '../tree/fingerprint.ts'
import type { IgnoreRules } from '../tree/ignore/ignore.ts'
import { withoutSecrets } from '../tree/secrets.ts'
import { lossless, sourceTree } from '../tree/source-tree.ts'
import { type CallSite, rememberSite, siteOf } from './call-sites.ts'
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
 * @param home - directory that a relative path starts at; absolute.
 * @throws BuildError argument.*, placeholder.misplaced
 */
export function pathPackage(file: string, given: PathOptions | null = null, at: PathHome = { home: '/' }): Package {
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
  if (at.site !== undefined) rememberSite(siteKey(from), { ...at.site, text: file })
  return define<From>({
    maker: 'path-1',
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

function siteKey(file: string): string {
  return `path ${file}`
}

/** @throws BuildError disk.unreadable, naming the call, always */
function refuseMissing(file: string, cause: unknown): never {
  const site = siteOf(siteKey(file))
  const where = site === undefined ? '' : `${site.file}:${site.line}: `
  const isBare = /^[a-z0-9][a-z0-9+-]+$/.test(site?.text ?? '')
  return fail('disk.unreadable', `${where}there is no ${JSON.stringify(file)}.`, {
    remedy: isBare
      ? `Did you mean the package, pkgs("${site?.text}")? A directory of this machine may be written "./${site?.text}".`
      : "Correct the path, which starts at the calling file's directory, or make the file first.",
    detail: { file },
    cause,
  })
}

/** What is read, and what of it is left out. */
export interface From {
  readonly file: string
  readonly ignore: readonly string[]
  readonly ignoreFiles?: readonly string[]
  readonly secrets?: 'allow'
}

function rulesOf({ ignore, ignoreFiles = [] }: From): IgnoreRules {
  return { patterns: ignore, files: ignoreFiles }
}

/** Makes the packages. */
export const pathMaker: Maker<From> = {
  instantiate: ({ name, arguments: from }, _given, shop) => pathRecipe(name, from, shop),
}

/** Returns the recipe of a file or directory of this machine. `file` is absolute. */
export function pathRecipe(name: string, from: From, shop: Workshop): Recipe {
  const narHash = hashOfPresent(from, shop)
  const path = sourcePath(name, narHash)
  const { store } = shop
  return {
    ...{ path, name },
    as: 'store',
    inputs: [],
    requires: [],
    reads: (file) => wouldTake(file, resolve(from.file), rulesOf(from)),
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

/** A change more recent than this may leave the time stamp as it was (whole seconds on some file systems). */
const settledMilliseconds = 2000

function hashOfPresent(from: From, shop: Workshop): Digest {
  try {
    return hashOf(from, shop)
  } catch (thrown) {
    const isMissing =
      thrown instanceof BuildError && errorCode(thrown.cause) === 'ENOENT' && thrown.detail.file === from.file
    throw isMissing ? refuseMissing(from.file, thrown.cause) : thrown
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
  const whole = lossless(file, tree)
  const narHash = digestOfAll(writeNar(secrets === 'allow' ? whole : withoutSecrets(resolve(file), whole)))
  const { digest, newest } = fingerprint()
  if (newest < shop.now.getTime() - settledMilliseconds) memory.rememberFact('nar-hash-3', key, `${narHash} ${digest}`)
  return narHash
}
