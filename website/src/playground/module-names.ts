/** What a program may import: everything of ours that needs no Node, and TensorFlow.js. */
export const MODULE_NAMES = [
  '@tensorflow/tfjs',
  '@weightkit/checkpoint',
  '@weightkit/core',
  '@weightkit/initializers',
  '@weightkit/initializers/layers',
  '@weightkit/numerics',
  '@weightkit/numerics/check',
  '@weightkit/pruning',
  '@weightkit/pruning/checkpoint',
  '@weightkit/pruning/layers',
  '@weightkit/quantization',
  '@weightkit/quantization/checkpoint',
  '@weightkit/transfer-freeze',
  '@weightkit/viz',
  '@weightkit/viz/terminal',
  '@weightkit/weight-metrics',
  '@weightkit/weight-metrics/checkpoint',
  '@weightkit/weight-metrics/layers',
  '@weightkit/weightnorm',
] as const;

/** Whether a module needs Node. */
export const needsNode = (name: string): boolean =>
  /^(node:|@weightkit\/[\w-]+\/node$|@tensorflow\/tfjs-node)/.test(name);

/** The modules that a program of a page names in its imports. */
export const importsOf = (program: string): string[] =>
  [...program.matchAll(/^\s*(?:import|\}?[^'"]*\bfrom)\s*['"]([^'"]+)['"]/gm)].map(([, name]) => name!);
