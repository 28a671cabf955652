/** setcap(8): a file's capabilities as the kernel keeps them (linux/capability.h, `struct vfs_cap_data`, revision 2). */
import { change, look } from '../disk.ts'
import type { Program } from '../system.ts'
import { split } from './options.ts'
import { givesUp } from './results.ts'

// linux/capability.h, by number.
const names = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock', 'ipc_owner'],
  ...['sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct', 'sys_admin', 'sys_boot', 'sys_nice'],
  ...['sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write', 'audit_control', 'setfcap'],
  ...['mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf'],
  'checkpoint_restore',
]

/** The attribute's bytes for a string such as "cap_net_raw+ep"; undefined if it is not valid. */
function capabilityBytes(text: string): Uint8Array | undefined {
  let [effective, permitted, inheritable] = [false, 0n, 0n]
  for (const clause of text.trim().split(/\s+/)) {
    const [, list = '', actions = ''] = /^([\w,]*)((?:[-+=][eip]*)+)$/.exec(clause) ?? []
    if (actions === '') return undefined
    const bits = bitsOf(list.toLowerCase())
    if (bits === undefined) return undefined
    for (const [, operator, flags = ''] of actions.matchAll(/([-+=])([eip]*)/g)) {
      const set = operator !== '-'
      if (operator === '=') [permitted, inheritable] = [permitted & ~bits, inheritable & ~bits]
      if (flags.includes('p')) permitted = set ? permitted | bits : permitted & ~bits
      if (flags.includes('i')) inheritable = set ? inheritable | bits : inheritable & ~bits
      if (flags.includes('e')) effective = set
    }
  }
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32LE(0x02000000 | Number(effective), 0)
  for (const [word, half] of [0n, 32n].entries()) {
    bytes.writeUInt32LE(Number((permitted >> half) & 0xffffffffn), 4 + 8 * word)
    bytes.writeUInt32LE(Number((inheritable >> half) & 0xffffffffn), 8 + 8 * word)
  }
  return bytes
}

function bitsOf(list: string): bigint | undefined {
  if (list === '' || list === 'all') return (1n << BigInt(names.length)) - 1n
  let bits = 0n
  for (const name of list.split(',')) {
    const number = names.indexOf(name.replace(/^cap_/, ''))
    if (number < 0) return undefined
    bits |= 1n << BigInt(number)
  }
  return bits
}

export const setcap: Program = (call) => {
  const { options, operands } = split(call.words, 'qvfn:r')
  if (options.has('v')) return { status: undefined }
  if (options.has('r')) return { status: 0 }
  for (let index = 0; index + 1 < operands.length; index += 2) {
    const [text, name] = operands.slice(index)
    const at = name === undefined ? undefined : look(call, name)
    if (text === undefined || at === undefined || at.kind === 'undecided')
      return givesUp(call, 'the files there are unknown')
    if (at.kind === 'absent') return { status: 1 }
    const bytes = capabilityBytes(text)
    if (bytes === undefined) return givesUp(call, 'not valid capabilities')
    const xattrs = new Map(
      [...at.entry.metadata.xattrs, ['security.capability', bytes] as const].sort(([a], [b]) => (a < b ? -1 : 1)),
    )
    change(call, at.entry, { xattrs }, call.cause)
  }
  return { status: 0 }
}
