/** Paths as the processes inside see them. */
import { toolsPath } from './sandbox.ts'

/** The tools' own root. */
export const toolsRoot: string = `${toolsPath}/root`

/** The job's scripts. */
export const jobPath: string = `${toolsPath}/job`

/** Directory of changes, if the session reads it itself. */
export const upperPath: string = `${toolsPath}/upper`

/** The image's root, for scripts that see the tools' root. */
export const buildPath = '/build'
