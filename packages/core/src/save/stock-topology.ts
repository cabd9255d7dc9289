import { renumberCalls } from './renumber-calls.ts';
import type { Json, JsonObject } from './topology.ts';

const isOurs = (node: Json): boolean =>
  typeof node === 'object' && node !== null && !Array.isArray(node) && /^Weightkit/.test(String(node.class_name));

/**
 * A topology that stock TensorFlow.js can build: initializers whose class begins with `Weightkit` become `Zeros`. The weights
 * come from the file, so nothing is lost but the law's name, and loading is spared the making of values that are overwritten. The
 * calls of shared layers get the numbers that stock gives them.
 *
 * @param topology - a model's JSON; not changed
 */
export function stockTopology(topology: object): object {
  const walk = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([key, value]): [string, Json] =>
      key.endsWith('_initializer') && isOurs(value) ? [key, { class_name: 'Zeros', config: {} }] : [key, walk(value)],
    );
    return renumberCalls(Object.fromEntries(entries) as JsonObject);
  };
  return walk(topology as Json) as object;
}
