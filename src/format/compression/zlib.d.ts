/** A documented form of Node's zlib that its type declarations lack. */
declare module 'node:zlib' {
  /** Decodes all members, and tells how many bytes of the input they have. */
  export function gunzipSync(
    packed: Uint8Array,
    options: ZlibOptions & { readonly info: true },
  ): { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
}

export {}
