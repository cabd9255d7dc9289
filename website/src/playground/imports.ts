/** Whether a module needs Node. */
export const needsNode = (name: string): boolean =>
  /^(node:|@weightkit\/[\w-]+\/node$|@tensorflow\/tfjs-node)/.test(name);

/** The modules that a program of a page names in its imports. */
export const importsOf = (program: string): string[] =>
  [...program.matchAll(/^\s*(?:import|\}?[^'"]*\bfrom)\s*['"]([^'"]+)['"]/gm)].map(([, name]) => name!);

/** Whether a program of a page runs in a page: all that it imports is TensorFlow.js or ours, and nothing of it needs Node. */
export const runsInPages = (names: readonly string[]): boolean =>
  names.length > 0 && names.every((name) => /^@(tensorflow\/tfjs$|weightkit\/)/.test(name) && !needsNode(name));
