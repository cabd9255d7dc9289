import type { Json, JsonObject } from './topology.ts';

/** Where a tensor comes from: a layer, which of its calls, which of its outputs, and what else the call is given. */
type Reference = [layer: string, call: number, output: number, ...more: Json[]];

interface CalledLayer {
  readonly name: string;
  readonly calls: readonly (readonly Reference[])[];
}

const isList = (value: unknown): value is Json[] => Array.isArray(value);
const isReference = (value: unknown): value is Reference =>
  isList(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number.isInteger(value[2]);

/** The layers of a functional model's configuration; undefined for any other. */
function calledLayers({ layers }: JsonObject): CalledLayer[] | undefined {
  if (!isList(layers)) return undefined;
  const called: CalledLayer[] = [];
  for (const layer of layers) {
    const { name, inbound_nodes: calls } = Object(layer) as JsonObject;
    if (typeof name !== 'string' || !isList(calls)) return undefined;
    if (!calls.every((call) => isList(call) && call.every(isReference))) return undefined;
    called.push({ name, calls: calls as unknown as Reference[][] });
  }
  return called;
}

/**
 * In which order stock TensorFlow.js makes the calls of each layer: it goes over the layers again and again, and of each makes those
 * calls whose inputs are there; undefined when some never are.
 */
function madeOrder(layers: readonly CalledLayer[]): Map<string, number[]> | undefined {
  const waiting = layers.map(({ name, calls }) => ({ name, calls: calls.map((from, call) => ({ from, call })) }));
  // An input is there as soon as it is made.
  const made = new Map(layers.map(({ name, calls }) => [name, calls.length === 0 ? [0] : []]));
  let left = layers.reduce((sum, { calls }) => sum + calls.length, 0);
  while (left > 0) {
    const before = left;
    for (const one of waiting) {
      const pending = one.calls;
      one.calls = [];
      for (const next of pending)
        if (next.from.every(([layer, call]) => made.get(layer)?.includes(call))) {
          made.get(one.name)!.push(next.call);
          left--;
        } else one.calls.push(next);
    }
    if (left === before) return undefined;
  }
  return made;
}

const renamed = ([layer, call, ...more]: Reference, made: ReadonlyMap<string, number[]>): Json => [
  layer,
  made.get(layer)?.indexOf(call) ?? call,
  ...more,
];

/**
 * Numbers the calls of shared layers in the order in which stock TensorFlow.js 4.22 makes them when it loads a functional model. Where
 * a layer's first call takes something that comes later than what its second call takes, stock makes the second one first, and then
 * takes each for the other, without a word.
 *
 * @param config - a functional model's configuration, not changed; any other is given back
 * @returns the configuration of the same graph; the given one where the numbers are right
 */
export function renumberCalls(config: JsonObject): JsonObject {
  const called = calledLayers(config);
  const made = called && madeOrder(called);
  if (!made || [...made.values()].every((order) => order.every((call, i) => call === i))) return config;
  const references = (given: Json): Json =>
    isList(given) ? given.map((one) => (isReference(one) ? renamed(one, made) : one)) : given;
  const layers = (config.layers as JsonObject[]).map((layer, i) => {
    const { name, calls } = called[i]!;
    if (calls.length === 0) return layer;
    return { ...layer, inbound_nodes: made.get(name)!.map((call) => references(calls[call] as unknown as Json)) };
  });
  return {
    ...config,
    layers,
    input_layers: references(config.input_layers!),
    output_layers: references(config.output_layers!),
  };
}
