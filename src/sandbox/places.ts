/** Where things are for the processes inside. */
import { toolsPath } from './sandbox.ts'

/** The tools' own root. */
export const toolsRoot: string = `${toolsPath}/root`

/** The job's scripts. */
export const jobPath: string = `${toolsPath}/job`

/** The directory of changes, where the session reads it itself. */
export const upperPath: string = `${toolsPath}/upper`

/** Where scripts that see the tools' root find the image's. */
export const buildPath = '/build'
