import { layeringContract } from '../../../test/contract/layering.contract.ts'
import { dominators } from './dominators.ts'
import { pipeline } from './pipeline.ts'
import { popularity } from './popularity.ts'

layeringContract('popularity', { layering: popularity(4), most: 4 })
layeringContract('auto', { layering: dominators(4), most: 4 })
layeringContract('per package', { layering: popularity(Number.POSITIVE_INFINITY), most: 10 })
layeringContract('pipeline', {
  layering: pipeline([['popularity_contest'], ['split_every', 2], ['limit_layers', 3]]),
  most: 3,
})
