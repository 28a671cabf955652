/**
 * Bill of materials of an image in CycloneDX 1.6 JSON: every package with its hash and licence, what each needs, and its layer.
 *
 * The same image gives the same bytes: the document has no time and no random serial number.
 */
import type { FileHash } from '../base/digest.ts'
import { algorithmOf, rawOf } from '../base/digest.ts'
import type { Component } from './component.ts'

/** Component with its place in an image. */
export interface PlacedComponent extends Component {
  /** Identifies it in the document. */
  readonly ref: string
  readonly hash: FileHash | undefined
  /** Index of its layer; the bottom one is 0. */
  readonly layer: number
  /** References of the components that it needs. */
  readonly needs: readonly string[]
}

/** Image and its components. */
export interface Materials {
  /** Name and tag of the image. */
  readonly name: string
  readonly version: string
  /** Version of slipway. */
  readonly tool: string
  readonly components: readonly PlacedComponent[]
  /** References of the components that the image was asked to hold. */
  readonly roots: readonly string[]
}

/** Formats the document. */
export function formatSbom({ name, version, tool, components, roots }: Materials): string {
  const sorted = [...components].sort((a, b) => (a.ref < b.ref ? -1 : 1))
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'slipway', version: tool }] },
      component: { type: 'container', 'bom-ref': imageRef, name, version },
    },
    components: sorted.map(componentOf),
    dependencies: [
      { ref: imageRef, dependsOn: [...new Set(roots)].sort() },
      ...sorted.map(({ ref, needs }) => ({ ref, dependsOn: [...new Set(needs)].sort() })),
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const imageRef = 'image'

function componentOf({ ref, group, name, version, purl, cpe, licence, hash, layer }: PlacedComponent): object {
  return {
    type: 'library',
    'bom-ref': ref,
    ...(group === undefined ? {} : { group }),
    ...{ name, version },
    ...(hash === undefined ? {} : { hashes: [hashOf(hash)] }),
    ...(licence === undefined ? {} : { licenses: [licenceOf(licence)] }),
    ...(cpe === undefined ? {} : { cpe }),
    purl,
    properties: [{ name: 'slipway:layer', value: String(layer) }],
  }
}

function hashOf(hash: FileHash): object {
  return {
    alg: algorithmOf(hash) === 'sha512' ? 'SHA-512' : 'SHA-256',
    content: Buffer.from(rawOf(hash)).toString('hex'),
  }
}

/** Pattern of an SPDX expression (SPDX specification, annex D); checks its form only. */
const expression = /^\(*[A-Za-z0-9.+-]+\)*( (AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/

function licenceOf(licence: string): object {
  return expression.test(licence) && licence !== 'UNLICENSED' ? { expression: licence } : { license: { name: licence } }
}
