import type { Package } from '../package.ts'
export function certificatesPackage(made: Package, _extra: readonly string[]): Package { return made }
