/**
 * Names of places where images are and go to: `docker-archive:FILE[:name:tag]`, `oci:DIRECTORY[:name]`, `oci-archive:FILE[:name]`,
 * `docker://NAME[:tag]` in a registry, and bare paths, whose form is found by looking at what is there. The prefixes are those of skopeo
 * and podman (containers-transports(5)).
 */
import { existsSync } from 'node:fs'
import { fail } from '../base/error.ts'
import { isTag, parseReference, repositoryOf } from '../format/reference.ts'
import type { Selection } from './found-image.ts'

/** Form in which a place stores images. */
export type Form = 'docker-archive' | 'oci' | 'oci-archive' | 'docker'

/** Parsed place. `form` is absent for a bare path. */
export interface Place {
  /** As it was given. */
  readonly text: string
  readonly form?: Form
  /** Path; in a registry, the name of the image. */
  readonly file: string
  /** Name of the image, which follows the path. */
  readonly reference?: string
}

/** Place that states its form, so images can be written to it. */
export interface Destination extends Place {
  readonly form: Form
}

const registryPrefix = 'docker://'

/** Text → place. Anything without a known prefix is a bare path. */
export function parsePlace(text: string): Place {
  if (text.startsWith(registryPrefix)) return registryPlace(text)
  const [, form, file, reference] = /^([a-z-]+):([^:]+)(?::(.+))?$/s.exec(text) ?? []
  if (file === undefined || form === undefined || !isForm(form)) return { text, file: text }
  return { text, form, file, ...(reference === undefined ? {} : { reference }) }
}

/** Name in a registry, with or without its prefix → place. */
export function registryPlace(name: string): Destination {
  const file = name.startsWith(registryPrefix) ? name.slice(registryPrefix.length) : name
  return { text: `${registryPrefix}${file}`, form: 'docker', file }
}

/** Text → a place to write to. @throws BuildError argument.invalid - a bare path, or an unknown form */
export function parseDestination(text: string): Destination {
  const { form, ...place } = parsePlace(text)
  return form === undefined ? refuseBare(text) : { ...place, form }
}

/** Tells whether a place is a bare path, which must not begin like a form. */
export function isBarePath(text: string): boolean {
  return parsePlace(text).form === undefined && schemeOf(text) === undefined
}

/**
 * Splits `FILE:TAG` or `FILE:NAME:TAG` where no file of the whole name exists; a place that states its form is unchanged.
 *
 * @returns the place, and the name and tag that select an image.
 */
export function namedPlace(text: string): { readonly place: Place; readonly select: Pick<Selection, 'name' | 'tag'> } {
  const place = parsePlace(text)
  if (place.form !== undefined || existsSync(text)) return { place, select: {} }
  for (let at = text.lastIndexOf(':'); at > 0; at = text.lastIndexOf(':', at - 1)) {
    const file = text.slice(0, at)
    const select = existsSync(file) ? selectionOf(text.slice(at + 1)) : undefined
    if (select !== undefined) return { place: { text: file, file }, select }
  }
  return { place, select: {} }
}

function selectionOf(text: string): Pick<Selection, 'name' | 'tag'> | undefined {
  const reference = parseReference(text)
  if (reference?.tag !== undefined) return { name: repositoryOf(reference), tag: reference.tag }
  return isTag(text) ? { tag: text } : undefined
}

function isForm(text: string): text is Form {
  return text === 'docker-archive' || text === 'oci' || text === 'oci-archive'
}

function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9-]*):/.exec(text)?.[1]
}

function refuseBare(text: string): never {
  const scheme = schemeOf(text)
  if (text === '' || (scheme !== undefined && isForm(scheme) && text === `${scheme}:`)) {
    fail('argument.invalid', `${JSON.stringify(text)} does not name a file.`, {
      remedy: 'Write docker-archive:FILE, oci-archive:FILE, oci:DIRECTORY or docker://NAME.',
    })
  }
  if (scheme !== undefined) {
    fail('argument.invalid', `${JSON.stringify(text)} begins with "${scheme}:", which is not a form that is written.`, {
      remedy: 'Write docker-archive:FILE, oci-archive:FILE, oci:DIRECTORY or docker://NAME.',
    })
  }
  return fail('argument.invalid', `${JSON.stringify(text)} does not state the form to write the image in.`, {
    remedy: `Write docker-archive:${text}, oci-archive:${text}, oci:${text} or docker://${text}.`,
  })
}
