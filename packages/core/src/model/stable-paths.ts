const NUMBERED_MODEL = /^(sequential_|model|functional)\d+$/i;
const NUMBERED_LAYER = /^([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)\d+$/;

/** What a name that tfjs made up begins with (`dense_Dense` of `dense_Dense7`), or undefined for a name that a person gave. */
function generatedBase(name: string): string | undefined {
  const model = NUMBERED_MODEL.exec(name);
  if (model) return model[1]!;
  const layer = NUMBERED_LAYER.exec(name);
  if (!layer) return undefined;
  const [, snake, className] = layer as unknown as [string, string, string];
  return snake.replaceAll('_', '') === className.toLowerCase() ? `${snake}_${className}` : undefined;
}

/**
 * Paths in which names that tfjs made up count by their place. tfjs numbers the layers that have no name over the whole
 * process (`dense_Dense1`, `dense_Dense2`, …), so building a model twice gives its weights other paths; these stay the same:
 * the k-th generated name of a kind under one parent gets number k. Random streams are keyed by them.
 *
 * @example
 * console.log(stablePaths(['dense_Dense7/kernel', 'dense_Dense7/bias', 'dense_Dense8/kernel', 'out/kernel']).join());
 * // -> dense_Dense#1/kernel,dense_Dense#1/bias,dense_Dense#2/kernel,out/kernel
 *
 * @param paths - paths from {@link weightsOf}, all of a model's, in their order
 * @returns as many paths, in the same order
 */
export function stablePaths(paths: readonly string[]): string[] {
  const places = new Map<string, string[]>();
  return paths.map((path) => {
    let stable = '';
    for (const name of path.split('/')) {
      const base = generatedBase(name);
      let segment = name;
      if (base !== undefined) {
        const kind = `${stable}${base}`;
        const names = places.get(kind) ?? [];
        places.set(kind, names);
        if (!names.includes(name)) names.push(name);
        segment = `${base}#${names.indexOf(name) + 1}`;
      }
      stable += `${segment}/`;
    }
    return stable.slice(0, -1);
  });
}
