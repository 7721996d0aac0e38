/**
 * What the tests of a plugin import, besides the SDK: `import ... from 'chorale/testing'`.
 *
 * @packageDocumentation
 */
export { SimulatedCluster } from './sim/cluster.js';
export type { SimulatedClusterOptions } from './sim/cluster.js';
export { SimulatedProgram } from './sim/program.js';
