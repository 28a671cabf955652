/** Directories that are removed after the tests, whatever they contain. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { removeTree } from '../../src/store/remove.ts'

/** Creates a directory for the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-'))
  after(() => {
    removeTree(folder)
  })
  return folder
}
