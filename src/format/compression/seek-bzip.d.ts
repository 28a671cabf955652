/** The part of seek-bzip 2.0.0 that is used: it reads from and writes to anything with these methods, block by block. */
declare module 'seek-bzip' {
  interface Source {
    readByte(): number
    read(target: Uint8Array, offset: number, length: number): number
  }
  interface Sink {
    writeByte(byte: number): void
  }
  class Bunzip {
    constructor(source: Source, sink: Sink)
    readonly reader: { read(bits: number): number }
    readonly streamCRC: number
    /** Decodes the next block's table; false at the end of the stream. */
    _init_block(): boolean
    /** Writes the block and checks it. */
    _read_bunzip(): number
  }
  export = Bunzip
}
