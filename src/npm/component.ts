/** Describes npm packages and Node itself as components of an image. */
import { isPlainObject, jsonIn } from '../base/document.ts'
import { type Component, type ComponentReader, purlPart } from '../report/component.ts'
import { namePart } from '../store/store-path.ts'
import { asRuntime } from './runtime/normaliser.ts'
import { asNpm } from './tarball/normaliser.ts'

/** Describes npm packages from their package.json. */
export const npmComponents: ComponentReader = {
  as: asNpm,
  read: (_info, control) => {
    const manifest = jsonIn(Buffer.from(control.get('package.json') ?? []).toString('utf8'))
    if (!isPlainObject(manifest) || typeof manifest.name !== 'string') return undefined
    const { version, license, licenses } = manifest
    const licence = licenceOf(license ?? licenses)
    return {
      ...named(manifest.name, typeof version === 'string' ? version : '0.0.0'),
      ...(licence === undefined ? {} : { licence }),
    }
  },
}

/** Describes Node from the name of its archive. */
export const runtimeComponents: ComponentReader = {
  as: asRuntime,
  read: ({ path }) => {
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(namePart(path))?.[1]
    if (version === undefined) return undefined
    const cpe = `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`
    return { name: 'node', version, purl: `pkg:generic/node@${version}`, cpe, licence: 'MIT' }
  },
}

function named(fullName: string, version: string): Pick<Component, 'group' | 'name' | 'version' | 'purl'> {
  const [, group, name = fullName] = /^(@[^/]+)\/(.+)$/.exec(fullName) ?? []
  const place = group === undefined ? purlPart(name) : `${purlPart(group)}/${purlPart(name)}`
  return { ...(group === undefined ? {} : { group }), name, version, purl: `pkg:npm/${place}@${purlPart(version)}` }
}

/** Reads `license`: a string, or in old packages an object or an array of objects. */
function licenceOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim()
  if (isPlainObject(value)) return licenceOf(value.type)
  if (!Array.isArray(value)) return undefined
  const all = value.flatMap((each: unknown) => licenceOf(each) ?? [])
  return all.length > 1 ? `(${all.join(' OR ')})` : all[0]
}
