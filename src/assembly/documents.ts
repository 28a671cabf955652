/** An image's config and history, merged with those of its base. */
import { inheritConfig } from '../image/base.ts'
import { historyOnBase } from '../image/history.ts'
import type { ContainerConfig, ImageConfig } from '../image/image.ts'
import { type Processor, processorNamed } from '../image/platform.ts'
import type { Conf, ConfLayer } from './conf.ts'
import type { Assembling } from './image-data.ts'
import type { Parts } from './parts.ts'

/** Returns config and history. @param layers - the image's own */
export function documentsOf(
  image: Assembling,
  { base, whole }: Pick<Parts, 'base' | 'whole'>,
  layers: readonly ConfLayer[],
): Pick<Conf, 'architecture' | 'variant' | 'config' | 'history'> {
  const { data } = image
  const below = base?.image.config.value
  const processor = processorOf(image, below)
  const stated = image.uses.reduceRight<ContainerConfig>(
    (own, { use }) => inheritConfig(use.config?.(whole) ?? {}, own),
    data.config,
  )
  if (base === undefined || below === undefined) return { ...processor, config: stated }
  const config: ContainerConfig = inheritConfig(below.config ?? {}, stated, data.inheritConfig)
  const own = layers.map((layer) => layer.history)
  return { ...processor, config, history: historyOnBase({ history: below.history, layers: base.layers.length }, own) }
}

/** Returns the architecture given for the image, else the base's; the base's also if only it has a variant. */
function processorOf({ architecture }: Assembling, below: ImageConfig | undefined): Processor {
  const own = architecture === undefined ? undefined : processorNamed(architecture)
  const theirs =
    below === undefined
      ? undefined
      : { architecture: below.architecture, ...(below.variant === undefined ? {} : { variant: below.variant }) }
  const known = own?.variant === undefined ? (theirs ?? own) : own
  if (known === undefined) throw new Error('unreachable: an image without a base has an architecture')
  return known
}
