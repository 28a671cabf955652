/** The way that namespaces take on this machine (probe.ts finds it). */
import type { Ids } from './outer.ts'

/** How namespaces are made here. */
export interface Found {
  readonly ids: Ids
  /** Where changes are kept: in memory, or on the disk where the kernel's tmpfs has no attributes of users. */
  readonly space: 'memory' | 'disk'
}
