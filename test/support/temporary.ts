/** Directories that are removed after the tests, whatever they contain. */
import { mkdtempSync, readdirSync } from 'node:fs'
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

/** Names below a store's temporary directory, besides the directory that each open store holds. */
export function leftInTemporary(temporary: string): readonly string[] {
  const names = readdirSync(temporary, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => !/^\.slipway-\w+(\/lock)?$/.test(name))
}
