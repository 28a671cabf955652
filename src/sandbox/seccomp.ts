/**
 * System calls that commands must not use (seccomp(2), a classic BPF program): keyrings, which no namespace isolates; new user namespaces,
 * in which they could mount; and calls that inspect the kernel. Calls of any other architecture are refused altogether.
 */

interface Calls {
  /** AUDIT_ARCH_*, linux/audit.h. */
  readonly audit: number
  readonly refused: readonly number[]
  readonly clone: number
  readonly clone3: number
  readonly unshare: number
  readonly ioctl: number
}

const calls: Readonly<Record<string, Calls>> = {
  x64: {
    audit: 0xc000_003e,
    // add_key request_key keyctl, mount umount2 pivot_root, setns, perf_event_open, bpf, userfaultfd, kexec_load kexec_file_load,
    // init_module finit_module delete_module, open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr, io_uring_setup
    refused: [
      248, 249, 250, 165, 166, 155, 308, 298, 321, 323, 246, 320, 175, 313, 176, 428, 429, 430, 431, 432, 433, 442, 425,
    ],
    clone: 56,
    clone3: 435,
    unshare: 272,
    ioctl: 16,
  },
  arm64: {
    audit: 0xc000_00b7,
    refused: [
      217, 218, 219, 40, 39, 41, 268, 241, 280, 282, 104, 294, 105, 273, 106, 428, 429, 430, 431, 432, 433, 442, 425,
    ],
    clone: 220,
    clone3: 435,
    unshare: 97,
    ioctl: 29,
  },
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
  const known = calls[processor]
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
function programOf({ audit, refused, clone, clone3, unshare, ioctl }: Calls): readonly Instruction[] {
  const { load, equal, atLeast, bits, give } = operation
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
    [equal, 0, 1, clone3],
    [give, 0, 0, absent],
    [equal, 1, 0, clone],
    [equal, 0, 3, unshare],
    [load, 0, 0, 16],
    [bits, 0, 1, newUser],
    [give, 0, 0, refuse],
    [load, 0, 0, 0],
    [equal, 0, 4, ioctl],
    [load, 0, 0, 24],
    [equal, 0, 1, tiocsti],
    [give, 0, 0, refuse],
    [give, 0, 0, allow],
    [give, 0, 0, allow],
  ]
}
