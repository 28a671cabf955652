/** Architecture of this machine's processor. */

/** Maps Node's name of a processor to Go's and Debian's. Default: this machine's. */
export function machineArchitecture(name: string = process.arch): string {
  return { x64: 'amd64', ia32: 'i386', arm: 'armhf', ppc64: 'ppc64el' }[name] ?? name
}
