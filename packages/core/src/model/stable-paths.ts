import { checkType } from '@weightkit/numerics/check';
import { generatedBase } from './generated-name.ts';

/**
 * Paths in which names that tfjs made up count by their place. tfjs numbers the layers that have no name over the whole
 * process (`dense_Dense1`, `dense_Dense2`, …), so building a model twice gives its weights other paths; these stay the same:
 * the k-th generated name of a kind under one parent gets number k. Random streams are keyed by them, and weights of two models
 * are matched by them. A weight from {@link weightsOf} has its own in `stablePath`; this is for paths without a model, of which
 * a name alone tells whether tfjs made it up.
 *
 * @example
 * console.log(stablePaths(['dense_Dense7/kernel', 'dense_Dense7/bias', 'dense_Dense8/kernel', 'out/kernel']).join());
 * // -> dense_Dense#1/kernel,dense_Dense#1/bias,dense_Dense#2/kernel,out/kernel
 *
 * @param paths - all of a model's, in the order of {@link weightsOf}
 * @returns as many paths, in the same order
 */
export function stablePaths(paths: readonly string[]): string[] {
  checkType(Array.isArray(paths), 'stablePaths: paths must be a list of paths', paths);
  for (const path of paths) checkType(typeof path === 'string', 'stablePaths: paths must be strings', path);
  return placedPaths(paths, (name) => generatedBase(name));
}

/**
 * The same, with the rule that tells a name that tfjs made up.
 *
 * @param baseOf - what a generated name begins with; undefined for one that a person gave
 */
export function placedPaths(paths: readonly string[], baseOf: (name: string) => string | undefined): string[] {
  const places = new Map<string, Map<string, number>>();
  return paths.map((path) => {
    let stable = '';
    for (const name of path.split('/')) {
      const base = baseOf(name);
      let segment = name;
      if (base !== undefined) {
        const kind = `${stable}${base}`;
        const names = places.get(kind) ?? new Map<string, number>();
        places.set(kind, names);
        if (!names.has(name)) names.set(name, names.size + 1);
        segment = `${base}#${names.get(name)}`;
      }
      stable += `${segment}/`;
    }
    return stable.slice(0, -1);
  });
}
