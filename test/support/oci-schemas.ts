/**
 * Documents of an image as JSON schemas (draft 2020-12), written from the field rules of the OCI image specification v1.1: descriptor.md,
 * manifest.md, image-index.md, config.md, image-layout.md, annotations.md. Stricter than a reader has to be: they are for slipway's output.
 */

/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const texts = { type: 'array', items: text }
const time = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$',
}
/** descriptor.md, "Digests": the registered algorithms with their exact lengths, and the grammar of others. */
const digest = {
  type: 'string',
  anyOf: [
    { pattern: '^sha256:[a-f0-9]{64}$' },
    { pattern: '^sha512:[a-f0-9]{128}$' },
    { pattern: '^(?!sha256:|sha512:)[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$' },
  ],
}
/** RFC 6838, section 4.2. */
const mediaType = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$',
}
/** annotations.md: keys and values are strings, keys not empty. */
const annotations = { type: 'object', propertyNames: { minLength: 1 }, additionalProperties: text }
/** Go's maps of empty structs: ports, volumes. */
const names = { type: 'object', additionalProperties: { type: 'object' } }

const platform = {
  type: 'object',
  required: ['architecture', 'os'],
  properties: { architecture: text, os: text, 'os.version': text, 'os.features': texts, variant: text },
}

const descriptorProperties = {
  mediaType,
  digest,
  size: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  urls: { type: 'array', items: { type: 'string', minLength: 1 } },
  annotations,
  data: { type: 'string', contentEncoding: 'base64' },
  artifactType: mediaType,
}
const descriptor = {
  type: 'object',
  required: ['mediaType', 'digest', 'size'],
  properties: descriptorProperties,
}

/** image-index.md. */
export const indexSchema: Schema = {
  type: 'object',
  required: ['schemaVersion', 'manifests'],
  properties: {
    schemaVersion: { const: 2 },
    mediaType: { const: 'application/vnd.oci.image.index.v1+json' },
    artifactType: mediaType,
    manifests: { type: 'array', items: { ...descriptor, properties: { ...descriptorProperties, platform } } },
    subject: descriptor,
    annotations,
  },
}

/** manifest.md: of images, so the config is one and the layers are archives. */
export const manifestSchema: Schema = {
  type: 'object',
  required: ['schemaVersion', 'mediaType', 'config', 'layers'],
  properties: {
    schemaVersion: { const: 2 },
    mediaType: { const: 'application/vnd.oci.image.manifest.v1+json' },
    config: {
      ...descriptor,
      properties: { ...descriptorProperties, mediaType: { const: 'application/vnd.oci.image.config.v1+json' } },
    },
    layers: {
      type: 'array',
      minItems: 1,
      items: {
        ...descriptor,
        properties: {
          ...descriptorProperties,
          mediaType: { type: 'string', pattern: '^application/vnd\\.oci\\.image\\.layer\\.v1\\.tar(\\+(gzip|zstd))?$' },
        },
      },
    },
    subject: descriptor,
    annotations,
  },
}

/** config.md; Healthcheck, OnBuild, Shell and NetworkDisabled are reserved there for Docker's use. */
export const configSchema: Schema = {
  type: 'object',
  required: ['architecture', 'os', 'rootfs'],
  properties: {
    created: time,
    author: text,
    architecture: { type: 'string', minLength: 1 },
    os: { type: 'string', minLength: 1 },
    'os.version': text,
    'os.features': texts,
    variant: text,
    config: {
      type: 'object',
      properties: {
        User: text,
        ExposedPorts: { ...names, propertyNames: { pattern: '^\\d{1,5}(/(tcp|udp|sctp))?$' } },
        Env: { type: 'array', items: { type: 'string', pattern: '^[^=]+=' } },
        Entrypoint: { oneOf: [texts, { type: 'null' }] },
        Cmd: { oneOf: [texts, { type: 'null' }] },
        Volumes: { oneOf: [names, { type: 'null' }] },
        WorkingDir: text,
        Labels: { oneOf: [annotations, { type: 'null' }] },
        StopSignal: { type: 'string', pattern: '^(SIG)?[A-Z]+[A-Z0-9+-]*$|^\\d+$' },
        ArgsEscaped: { type: 'boolean' },
        Memory: { type: 'integer' },
        MemorySwap: { type: 'integer' },
        CpuShares: { type: 'integer' },
        Healthcheck: {
          type: 'object',
          properties: {
            Test: texts,
            Interval: { type: 'integer' },
            Timeout: { type: 'integer' },
            StartPeriod: { type: 'integer' },
            StartInterval: { type: 'integer' },
            Retries: { type: 'integer' },
          },
        },
        OnBuild: texts,
        Shell: texts,
      },
    },
    rootfs: {
      type: 'object',
      required: ['type', 'diff_ids'],
      properties: { type: { const: 'layers' }, diff_ids: { type: 'array', items: digest } },
    },
    history: {
      type: 'array',
      items: {
        type: 'object',
        properties: { created: time, author: text, created_by: text, comment: text, empty_layer: { type: 'boolean' } },
      },
    },
  },
}

/** image-layout.md, "oci-layout file". */
export const layoutSchema: Schema = {
  type: 'object',
  required: ['imageLayoutVersion'],
  properties: { imageLayoutVersion: { const: '1.0.0' } },
}

/** Docker's `manifest.json` (image/spec/v1.2.md of moby), which OCI does not specify. */
export const archiveIndexSchema: Schema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['Config', 'RepoTags', 'Layers'],
    properties: {
      Config: { type: 'string', minLength: 1 },
      RepoTags: { oneOf: [texts, { type: 'null' }] },
      Layers: { type: 'array', items: { type: 'string', minLength: 1 } },
    },
  },
}
