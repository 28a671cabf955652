/** The part of WebAssembly's interface that is used here: neither TypeScript's library for Node nor Node's types have it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }
  class Memory {
    constructor(limits: { readonly initial: number })
    readonly buffer: ArrayBuffer
  }
  class Global {
    constructor(type: { readonly value: 'i32' })
    readonly value: unknown
  }
  class Instance {
    constructor(module: Module)
    readonly exports: Readonly<Record<string, unknown>>
  }
}
