/** Writes docs/reference from the declarations and doc comments of the public interface. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDeclarations } from './reference/declarations.ts'
import { referencePages } from './reference/pages.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/reference')

mkdirSync(folder, { recursive: true })
for (const [file, text] of referencePages(readDeclarations(root))) writeFileSync(join(folder, file), text)
