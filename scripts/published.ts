/** All that is published as one bundle. */
export { main } from '../src/cli/main.ts'
export * from '../src/index.ts'
