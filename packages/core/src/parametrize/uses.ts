import * as tf from '@tensorflow/tfjs-core';
import { checkWeight } from '../model/check-weight.ts';
import { layersOf } from '../model/layers-of.ts';
import { rawOf, variableOf } from '../model/raw-variable.ts';
import {
  isContainer,
  isLayer,
  isLayerVariable,
  type LayerInternals,
  type LayerLike,
  type LayerVariableLike,
} from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { rootOf } from '../model/weight-root.ts';

/** A property of a layer that holds a weight's LayerVariable, or the view in its place. */
export interface Use {
  layer: LayerInternals;
  property: string;
}

interface Node {
  inboundLayers: LayerInternals[];
  outboundLayer: LayerInternals;
}

/** The layers that a layer is connected with in a graph. */
function neighbours(layer: LayerInternals): LayerInternals[] {
  const { inboundNodes = [], outboundNodes = [] } = layer as unknown as Partial<Record<string, Node[]>>;
  return [...inboundNodes, ...outboundNodes].flatMap((node) => [...node.inboundLayers, node.outboundLayer]);
}

/** What lies in a layer's own property, in lists and plain objects too. */
function* valuesIn(value: unknown, name: string, depth = 3): Generator<[name: string, value: unknown]> {
  yield [name, value];
  if (depth === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* valuesIn(item, `${name}[${i}]`, depth - 1);
  else if (value instanceof Map || value instanceof Set)
    for (const item of value.values()) yield* valuesIn(item, `${name}{}`, depth - 1);
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const [key, item] of Object.entries(value)) yield* valuesIn(item, `${name}.${key}`, depth - 1);
}

/** tfjs's own: the lists of weights, the graph. */
const OWN = new Set(['_trainableWeights', '_nonTrainableWeights', 'inboundNodes', 'outboundNodes']);

function* propertiesOf(layer: LayerInternals): Generator<[name: string, value: unknown]> {
  // A model keeps lists of its layers' variables, and runs none by itself.
  if (isContainer(layer)) yield* layer.layers.map((child) => [child.name, child] as [string, unknown]);
  else for (const [name, value] of Object.entries(layer)) if (!OWN.has(name)) yield* valuesIn(value, name);
}

/** Every layer in reach of a weight: of what it was found in, connected with its layer, or kept by one of these. */
export function layersAround(weight: Weight): LayerInternals[] {
  const found = new Set<LayerInternals>(
    layersOf(rootOf(weight), 'parametrize').map(({ layer }) => layer as LayerInternals),
  );
  // A Set yields what is added while it is walked.
  for (const layer of found) {
    for (const other of neighbours(layer)) if (isLayer(other)) found.add(other);
    for (const [, value] of propertiesOf(layer)) if (isLayer(value)) found.add(value);
  }
  return [...found];
}

/** Where layers keep the variable of a weight; the weight's own place is the first. */
export function usesOf(weight: Weight, raw: LayerVariableLike, layers: readonly LayerInternals[]): Use[] {
  const own = { layer: weight.layer as LayerInternals, property: weight.property! };
  const others = layers.flatMap((layer) =>
    isContainer(layer)
      ? []
      : Object.entries(layer).flatMap(([property, value]) =>
          isLayerVariable(value) && rawOf(value) === raw && !(layer === own.layer && property === own.property)
            ? [{ layer, property }]
            : [],
        ),
  );
  return [own, ...others];
}

/**
 * Throws when a layer keeps the tf.Variable of a weight itself: it would go on computing with the raw weight.
 *
 * @param fn - the function that asks, for the message
 * @throws Error that names both layers
 */
export function checkUses(fn: string, weight: Weight): void {
  checkWeight(fn, weight);
  if (weight.layer === null || weight.property === null) return;
  const { layer, property } = weight;
  const variable = variableOf(rawOf((layer as LayerInternals)[property] as LayerVariableLike));
  for (const other of layersAround(weight))
    for (const [name, value] of propertiesOf(other))
      if (value instanceof tf.Variable && value === variable)
        throw new Error(
          `${fn}: every layer must use a weight by its LayerVariable, got ${weight.path} (of layer ${(layer as LayerLike).name}), ` +
            `whose tf.Variable layer ${other.name} keeps in ${name}; keep the LayerVariable there, or leave the weight out`,
        );
}
