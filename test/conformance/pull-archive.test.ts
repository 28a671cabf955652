/** The archives of pulled images against skopeo's own, byte for byte: the machine's (package skopeo), and a newer one. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { unwatched } from '../../src/base/event.ts'
import { readImage } from '../../src/transport/read-image.ts'
import { skopeoArchive, skopeoArchiveSize } from '../../src/transport/skopeo-archive.ts'
import { missing, run } from '../support/command.ts'
import { skopeos } from '../support/newer-debian.ts'
import { oddImage, writeOddDirectory, writeOddLayout } from '../support/odd-images.ts'
import { withStore } from '../support/sample-image.ts'

const count = 220

/** Some images are read by skopeo as OCI's, some as Docker's: the archive is the same kind of thing. */
const isDocker = (index: number): boolean => index % 4 === 3

/** One shell for all: prints the hash of each archive. */
const script = `
copy() {
  if [ -d "$1/dir-$2" ]; then from="dir:$1/dir-$2"; else from="oci:$1/layout:$2"; fi
  skopeo --insecure-policy --override-os linux --override-arch amd64 copy -q "$from" "docker-archive:$1/$2.tar:team/odd:$2" &&
  sha256sum < "$1/$2.tar" | cut -c1-64 > "$1/$2.sum" && rm "$1/$2.tar"
}
i=0
while [ $i -lt $2 ]; do
  copy "$1" $i & copy "$1" $((i + 1)) & wait
  i=$((i + 2))
done
i=0
while [ $i -lt $2 ]; do cat "$1/$i.sum"; i=$((i + 1)); done
`

for (const [name, { env, skip }] of skopeos())
  test(
    `pull: the archive of an image is what ${name} writes, for many odd images`,
    {
      skip: skip || missing('sh', 'sha256sum'),
    },
    () => compareWith(env),
  )

async function compareWith(env: Readonly<Record<string, string>>): Promise<void> {
  const images = Array.from({ length: count }, (_, seed) => oddImage(seed))
  assert.ok(images.filter(({ layers }) => layers.length === 0).length > 10)
  await withStore(async (store, folder) => {
    writeOddLayout(join(folder, 'layout'), images)
    for (const [index, image] of images.entries())
      if (isDocker(index)) writeOddDirectory(join(folder, `dir-${index}`), image)
    const expected = (await run('sh', ['-c', script, 'sh', folder, String(count)], { env })).trim().split('\n')
    const found: string[] = []
    for (const index of images.keys()) {
      const select = { refName: String(index) }
      const image = await readImage(join(folder, 'layout'), { store, watch: unwatched, select })
      const as = { name: 'docker.io/team/odd', tag: String(index) }
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of skopeoArchive(image, as)) {
        hash.update(chunk)
        size += chunk.length
      }
      assert.equal(size, skopeoArchiveSize(image, as))
      found.push(hash.digest('hex'))
    }
    assert.deepEqual(found, expected)
  })
}
