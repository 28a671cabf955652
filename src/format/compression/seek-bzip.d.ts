/** The part of seek-bzip that is used: it reads from and writes to anything with these methods. */
declare module 'seek-bzip' {
  interface Source {
    readByte(): number
    read(target: Uint8Array, offset: number, length: number): number
  }
  interface Sink {
    writeByte(byte: number): void
  }
  const bzip: { decode(source: Source, sink: Sink): void }
  export = bzip
}
