import { checkModel, type LayerLike, layersOf, type ModelLike, type Weight, weightsOf } from '@weightkit/core';
import { checkChain } from '../values/check-chain.ts';

/** A shape with its batch; null for what is not fixed. */
export type Shape = readonly (number | null)[];

/** The part of a tfjs layer that attribution looks at. */
export interface AnyLayer extends LayerLike {
  /** Applies it to a value. */
  apply(x: unknown): unknown;
  /** A list of shapes where it has several outputs. */
  readonly outputShape: Shape | readonly Shape[];
  /** Of layers with an activation of their own. */
  readonly activation?: { apply(x: unknown): unknown; getClassName(): string } | null;
  readonly stateful?: boolean;
}

/** A layer of a model whose layers follow one another. */
export interface ChainLayer {
  readonly path: string;
  readonly layer: AnyLayer;
  readonly kind: string;
  /** Whether it hands on at inference what it gets, entry by entry. */
  readonly isPassed: boolean;
  /** The weights in it, those of an RNN's cell too. */
  readonly weights: readonly Weight[];
}

/** Layers that change nothing at inference but the shape. */
const PASSED = new Set([
  'InputLayer',
  'Dropout',
  'SpatialDropout1D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'Flatten',
  'Reshape',
]);

/**
 * The layers of a model in the order in which they are called, those of models in it among them; a wrapper and an RNN count as one.
 *
 * @throws RangeError when a layer has several inputs, outputs or calls
 */
export function layerChain(fn: string, model: ModelLike): ChainLayer[] {
  checkModel(fn, model);
  checkChain(fn, 'model', model);
  const weights = weightsOf(model, undefined, fn);
  return layersOf(model, fn)
    .filter(({ layer, owner }) => layer === owner && !Array.isArray((layer as { layers?: unknown }).layers))
    .map(({ layer, path }) => ({
      path,
      layer: layer as AnyLayer,
      kind: layer.getClassName(),
      isPassed: PASSED.has(layer.getClassName()),
      weights: weights.filter(({ owner }) => owner === layer),
    }));
}

/** The weight of a property of a layer or of its cell, if it has one. */
export const weightNamed = ({ weights }: ChainLayer, property: string): Weight | undefined =>
  weights.find((weight) => weight.property === property);

/** The name of its activation; null where it has none of its own. */
export const activationOf = ({ layer }: ChainLayer): string | null => layer.activation?.getClassName() ?? null;

/** The shape of what it gives, without the batch. */
export function outputShapeOf({ layer: { outputShape } }: ChainLayer): (number | null)[] {
  const [first] = outputShape;
  return (Array.isArray(first) ? (first as Shape) : (outputShape as Shape)).slice(1);
}
