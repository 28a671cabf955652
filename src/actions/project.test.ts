import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inFolder } from '../../test/support/workshop.ts'
import { writeProjectFile } from './project.ts'

test('a directory in place of a file of the project is named as one', async () => {
  await inFolder(async (folder) => {
    for (const name of [folder, `${folder}/none/`])
      await assert.rejects(writeProjectFile(name, Buffer.from('x')), {
        code: 'project.unwritable',
        message: `${name} names a directory, not a file. Name a file.`,
      })
  })
})
