/**
 * System calls that commands must not use (seccomp(2), a classic BPF program): keyrings, which no namespace isolates; new user namespaces,
 * in which they could mount; and calls that inspect the kernel. Calls of any other architecture are refused altogether.
 */

/** Numbers of a call on x64 and on arm64 (asm/unistd_64.h, asm-generic/unistd.h). */
type Numbers = readonly [x64: number, arm64: number]

/** Calls that are refused. */
export const refusedCalls: Readonly<Record<string, Numbers>> = {
  ...{ add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
  ...{ mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], setns: [308, 268] },
  ...{ open_tree: [428, 428], move_mount: [429, 429], mount_setattr: [442, 442] },
  ...{ fsopen: [430, 430], fsconfig: [431, 431], fsmount: [432, 432], fspick: [433, 433] },
  ...{ perf_event_open: [298, 241], bpf: [321, 280], userfaultfd: [323, 282], io_uring_setup: [425, 425] },
  ...{ kexec_load: [246, 104], kexec_file_load: [320, 294] },
  ...{ init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106] },
}

/** Calls whose arguments decide. */
export const examinedCalls: Readonly<Record<'clone' | 'clone3' | 'unshare' | 'ioctl', Numbers>> = {
  clone: [56, 220],
  clone3: [435, 435],
  unshare: [272, 97],
  ioctl: [16, 29],
}

/** Processors in Node's spelling: the column of their numbers, and AUDIT_ARCH_* (linux/audit.h). */
const processors: Readonly<Record<string, { readonly column: 0 | 1; readonly audit: number }>> = {
  x64: { column: 0, audit: 0xc000_003e },
  arm64: { column: 1, audit: 0xc000_00b7 },
}

const newUser = 0x1000_0000
const tiocsti = 0x5412
const x32 = 0x4000_0000

const operation = { load: 0x20, equal: 0x15, atLeast: 0x35, bits: 0x45, give: 0x06 } as const
const allow = 0x7fff_0000
const refuse = 0x0005_0001 // EPERM
const absent = 0x0005_0026 // ENOSYS: the C library then calls clone, whose flags the filter can check.

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/** Filter for a processor in Node's spelling; undefined if the numbers of its calls are not known. */
export function seccompFilter(processor: string): Uint8Array | undefined {
  const known = processors[processor]
  if (known === undefined) return undefined
  const program = programOf(known)
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  })
  return bytes
}

// struct seccomp_data: nr at 0, arch at 4, args from 16 on, 8 bytes each, little-endian.
function programOf({ audit, column }: { readonly audit: number; readonly column: 0 | 1 }): readonly Instruction[] {
  const { load, equal, atLeast, bits, give } = operation
  const refused = Object.values(refusedCalls).map((numbers) => numbers[column])
  const { clone, clone3, unshare, ioctl } = examinedCalls
  return [
    [load, 0, 0, 4],
    [equal, 1, 0, audit],
    [give, 0, 0, refuse],
    [load, 0, 0, 0],
    [atLeast, 0, 1, x32],
    [give, 0, 0, refuse],
    ...refused.flatMap((call): Instruction[] => [
      [equal, 0, 1, call],
      [give, 0, 0, refuse],
    ]),
    [equal, 0, 1, clone3[column]],
    [give, 0, 0, absent],
    [equal, 1, 0, clone[column]],
    [equal, 0, 3, unshare[column]],
    [load, 0, 0, 16],
    [bits, 0, 1, newUser],
    [give, 0, 0, refuse],
    [load, 0, 0, 0],
    [equal, 0, 4, ioctl[column]],
    [load, 0, 0, 24],
    [equal, 0, 1, tiocsti],
    [give, 0, 0, refuse],
    [give, 0, 0, allow],
    [give, 0, 0, allow],
  ]
}
