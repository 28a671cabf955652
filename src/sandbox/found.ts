/** The kind of namespaces that works on this machine (probe.ts finds it). */
import type { Ids } from './outer.ts'

/** How to create namespaces here. */
export interface Found {
  readonly ids: Ids
  /** Where to keep changes: in memory, or on disk if the kernel's tmpfs lacks user attributes. */
  readonly space: 'memory' | 'disk'
}
