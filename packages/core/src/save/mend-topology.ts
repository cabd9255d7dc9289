import type { ConstraintLike } from '../model/stock-constraint.ts';
import { isContainer, type LayerInternals } from '../model/types.ts';
import { snakeKey } from './stock-text.ts';
import { childrenOf, type Json, type JsonObject, type LayerNode, placesOf } from './topology.ts';

const serialized = (constraint: ConstraintLike | null | undefined): Json =>
  constraint
    ? {
        class_name: constraint.getClassName(),
        config: Object.fromEntries(
          Object.entries(constraint.getConfig()).map(([key, value]) => [snakeKey(key), value as Json]),
        ),
      }
    : null;

/**
 * Writes what stock TensorFlow.js 4.22 leaves out or mistakes, so that stock loads it: `depth_multiplier` of
 * separable convolutions, and the constraint of depthwise ones, for which it writes the regularizer.
 *
 * @param model - the model
 * @param node - its topology, which is changed
 */
export function mendTopology(model: LayerInternals, node: LayerNode): void {
  for (const [layer, { config }] of placesOf(model, node)) {
    const { depthMultiplier, depthwiseConstraint } = layer as {
      depthMultiplier?: unknown;
      depthwiseConstraint?: unknown;
    };
    if (
      typeof depthMultiplier === 'number' &&
      config.depth_multiplier === undefined &&
      'pointwise_initializer' in config
    )
      config.depth_multiplier = depthMultiplier;
    else if (typeof depthMultiplier === 'number' && 'depthwise_constraint' in config)
      config.depthwise_constraint = serialized(depthwiseConstraint as ConstraintLike | null);
  }
}

/** Deletes these keys from an object and all below it. */
function clear(json: Json, keys: ReadonlySet<string>): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json))
    if (keys.has(key)) (json as JsonObject)[key] = null;
    else clear(value, keys);
}

/** Every layer below a layer, itself too, by its properties. */
function* below(layer: LayerInternals, seen = new Set<object>()): Generator<LayerInternals> {
  if (seen.has(layer)) return;
  seen.add(layer);
  yield layer;
  for (const value of Object.values(layer).flat())
    if (typeof value === 'object' && value !== null && '_trainableWeights' in value)
      yield* below(value as LayerInternals, seen);
}

/**
 * Takes the constraints of some weights out of a topology.
 *
 * @param model - the model
 * @param node - its topology, which is changed
 * @param dropped - the constraints
 */
export function dropConstraints(model: LayerInternals, node: LayerNode, dropped: ReadonlySet<ConstraintLike>): void {
  if (isContainer(model)) {
    for (const [layer, child] of childrenOf(model, node)) dropConstraints(layer, child, dropped);
    return;
  }
  const keys = new Set<string>();
  for (const layer of below(model))
    for (const [property, value] of Object.entries(layer))
      if (dropped.has(value as ConstraintLike)) keys.add(snakeKey(property));
  if (keys.size > 0) clear(node.config, keys);
}
