type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const isOurs = (name: unknown): boolean => typeof name === 'string' && name.startsWith('Weightkit');

/**
 * A topology that stock TensorFlow.js can build: classes whose name begins with `Weightkit`, which only an initializer in a
 * layer's configuration can have, become `Zeros`. The weights come from the file, so nothing is lost but the law's name, and
 * loading is spared the making of values that are overwritten.
 *
 * @param topology - a model's JSON; not changed
 */
export function stockTopology(topology: object): object {
  const walk = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    for (const key of ['class_name', 'className'])
      if (isOurs(node[key])) return { ...node, [key]: 'Zeros', config: {} };
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
  };
  return walk(topology as Json) as object;
}
