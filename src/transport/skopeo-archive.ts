/**
 * A docker-archive, byte for byte as skopeo writes it: what nixpkgs' `pullImage` has and its pins are the hashes of.
 *
 * Layers come first, each once, as `<diff ID>.tar`; then the config, the older metadata of each layer (`<id>/layer.tar`, a link, with
 * `VERSION` and `json`), `manifest.json` and `repositories`; then two zero blocks. skopeo 1.9.3 and 1.18 write the same bytes. Values of
 * the config are copied as they were written, never parsed and printed again.
 */
import { type Digest, digestOf, hexOf } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import { formatArchiveIndex, formatRepositories } from '../format/docker-archive.ts'
import { compactJson, rawMembers, rawObject } from '../format/raw-json.ts'
import { sizeLimit, writeHeader } from '../format/tar/header.ts'
import { blockSize, paddingOf } from '../format/tar/member.ts'
import { paxRecord } from '../format/tar/pax.ts'
import type { Image } from '../image/image.ts'

/** Name and tag that an archive has; `name` with its domain, as in "docker.io/library/debian". */
export interface ArchiveName {
  readonly name: string
  readonly tag: string
}

/** Returns the archive's bytes. */
export async function* skopeoArchive({ config, layers }: Image, as: ArchiveName): AsyncGenerator<Uint8Array> {
  const diffIds = layers.map(({ diffId }) => diffId)
  for (const { diffId, size, open } of uniqueLayers(layers)) {
    yield headerOf({ name: layerName(diffId), size })
    yield* open()
    yield new Uint8Array(paddingOf(size))
  }
  yield Buffer.concat([...documents(config.bytes, diffIds, as)].map(memberBytes))
  yield new Uint8Array(endOfArchive)
}

/** Computes the size of `skopeoArchive`, in bytes. */
export function skopeoArchiveSize({ config, layers }: Image, as: ArchiveName): number {
  const diffIds = layers.map(({ diffId }) => diffId)
  const files = uniqueLayers(layers).map(({ diffId, size }) => {
    const header = headerOf({ name: layerName(diffId), size }).length
    return header + size + paddingOf(size)
  })
  const sizes = [...files, ...[...documents(config.bytes, diffIds, as)].map((member) => memberBytes(member).length)]
  return sizes.reduce((sum, size) => sum + size, endOfArchive)
}

const endOfArchive = 2 * blockSize

function uniqueLayers(layers: Image['layers']): Image['layers'] {
  return [...new Map(layers.map((layer) => [layer.diffId, layer])).values()]
}

function layerName(diffId: Digest): string {
  return `${hexOf(diffId)}.tar`
}

/** Member that is written whole: a document, or a link. */
interface Member {
  readonly name: string
  readonly content: Uint8Array
  readonly link?: string
}

function* documents(config: Uint8Array, diffIds: readonly Digest[], { name, tag }: ArchiveName): Iterable<Member> {
  const configName = `${hexOf(digestOf(config))}.json`
  yield { name: configName, content: config }
  const legacy = legacyLayers(config, diffIds)
  for (const { id, diffId, json } of legacy) {
    yield { name: `${id}/layer.tar`, content: new Uint8Array(), link: `../${layerName(diffId)}` }
    yield { name: `${id}/VERSION`, content: Buffer.from('1.0') }
    yield { name: `${id}/json`, content: json }
  }
  const item = { Config: configName, RepoTags: [`${name}:${tag}`], Layers: diffIds.map(layerName) }
  yield { name: 'manifest.json', content: formatArchiveIndex([item]) }
  const top = legacy.at(-1)
  const names = top === undefined ? new Map() : new Map([[name, new Map([[tag, top.id]])]])
  yield { name: 'repositories', content: formatRepositories(names) }
}

/** Describes a layer as Docker did before version 1.10. */
interface LegacyLayer {
  readonly id: string
  readonly diffId: Digest
  readonly json: Uint8Array
}

/** Values of the config that the top layer repeats. */
const repeated = ['architecture', 'config', 'container', 'container_config', 'created', 'docker_version', 'os']

function legacyLayers(config: Uint8Array, diffIds: readonly Digest[]): readonly LegacyLayer[] {
  const values = rawMembers(config)
  const found: LegacyLayer[] = []
  let chainId: Digest | undefined
  for (const [index, diffId] of diffIds.entries()) {
    chainId = chainId === undefined ? diffId : digestOf(`${chainId} ${diffId}`)
    const parent = found.at(-1)?.id
    const fields = new Map<string, Uint8Array>(parent === undefined ? [] : [['parent', textValue(parent)]])
    if (index === diffIds.length - 1)
      for (const key of repeated) fields.set(key, compactJson(values.get(key) ?? Buffer.from('null')))
    const id = hexOf(digestOf(rawObject(new Map([...fields, ['layer_id', textValue(chainId)]]))))
    found.push({ id, diffId, json: rawObject(fields.set('id', textValue(id))) })
  }
  return found
}

function textValue(text: string): Uint8Array {
  return Buffer.from(canonicalJson(text), 'utf8')
}

function memberBytes({ name, content, link = '' }: Member): Uint8Array {
  return Buffer.concat([
    headerOf({ name, size: content.length, link }),
    content,
    new Uint8Array(paddingOf(content.length)),
  ])
}

const plain = { uid: 0, gid: 0, mtime: 0, uname: '', gname: '', device: { major: 0, minor: 0 } }

/** Formats a header as Go's archive/tar does: device numbers are digits, and a layer of 8 GiB or more has an extended header. */
function headerOf({ name, size, link = '' }: Omit<Member, 'content'> & { readonly size: number }): Uint8Array {
  const fields = { ...plain, name, link, mode: link === '' ? 0o444 : 0, size, type: link === '' ? '0' : '2' }
  const block = new Uint8Array(blockSize)
  if (size < sizeLimit) {
    writeHeader(block, 0, fields)
    return block
  }
  const record = paxRecord('size', String(size))
  const extended = new Uint8Array(2 * blockSize)
  writeHeader(extended, 0, { ...plain, name: `PaxHeaders.0/${name}`, link, mode: 0, size: record.length, type: 'x' })
  extended.set(Buffer.from(record, 'latin1'), blockSize)
  writeHeader(block, 0, { ...fields, size: 0 })
  return Buffer.concat([extended, block])
}
