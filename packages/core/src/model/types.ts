import type * as tf from '@tensorflow/tfjs-core';

/** The part of a tfjs-layers `Layer` that weightkit needs; every layer and every LayersModel has it. */
export interface LayerLike {
  /** The layer's name. */
  name: string;
  /** Its flag. */
  trainable: boolean;
  /** The name of its class, as in `Dense`. */
  getClassName(): string;
}

/** The part of a tfjs-layers `LayersModel` (Sequential or functional) that weightkit needs. */
export interface ModelLike extends LayerLike {
  /** Its layers, nested models among them. */
  layers: LayerLike[];
  /** Its outputs for one batch of inputs. */
  predictOnBatch(x: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[];
  /** Saves it, as tfjs does. */
  // biome-ignore lint/suspicious/noExplicitAny: the union of tfjs-layers' own types for handler and configuration
  save(handlerOrURL: any, config?: any): Promise<tf.io.SaveResult>;
}

/** The part of a tfjs-converter `GraphModel` that weightkit needs. */
export interface GraphModelLike {
  /** The model's signature, which only a GraphModel has. */
  modelSignature: object | undefined;
  /** Its weights by name. */
  weights: { [name: string]: tf.Tensor[] };
}

/** A node of a GraphModel's graph, which tfjs-converter does not declare public. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly GraphNode[];
  readonly children: readonly GraphNode[];
  readonly attrParams: Readonly<Record<string, { value?: unknown } | undefined>>;
}

/** A GraphModel's executor, of the graph or of what initializes it. */
export interface GraphExecutorLike {
  graph?: { nodes?: Readonly<Record<string, GraphNode>> };
  /** Setting it makes the list of the weights' ids anew. */
  weightMap: GraphModelLike['weights'];
}

/** The fields of a GraphModel 4.22 that weightkit touches and tfjs-converter does not declare public. */
export interface GraphModelInternals extends GraphModelLike {
  executor?: GraphExecutorLike;
  /** There where the model has tables to fill. */
  initializer?: GraphExecutorLike;
  /** What it was loaded from. */
  artifacts?: Readonly<Record<string, unknown>>;
}

/** tfjs-layers' LayerVariable, which it does not export. */
export interface LayerVariableLike {
  readonly id: number;
  readonly dtype: tf.DataType;
  readonly shape: (number | null)[];
  readonly name: string;
  readonly originalName: string;
  trainable: boolean;
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
  dispose(): void;
}

/** The fields of a tfjs 4.22 layer that weightkit touches and tfjs-layers does not declare public. */
export interface LayerInternals extends LayerLike {
  built: boolean;
  /** How many models and calls hold it; 0 once it is disposed. */
  _refCount?: number | null;
  layers?: LayerInternals[];
  weights: LayerVariableLike[];
  trainableWeights: LayerVariableLike[];
  _trainableWeights: LayerVariableLike[];
  _nonTrainableWeights: LayerVariableLike[];
  call(inputs: unknown, kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  [property: string]: unknown;
}

/** Whether a value is a tfjs layer or model. */
export function isLayer(value: unknown): value is LayerInternals {
  if (typeof value !== 'object' || value === null) return false;
  const layer = value as Partial<LayerInternals>;
  return typeof layer.getClassName === 'function' && Array.isArray(layer._trainableWeights);
}

/** Whether a value is a tfjs model or a layer that contains layers, such as a nested model. */
export function isContainer(value: unknown): value is LayerInternals & { layers: LayerInternals[] } {
  return isLayer(value) && Array.isArray(value.layers);
}

/** Whether a value is a LayerVariable, or a view of one that `parametrize` put in its place. */
export function isLayerVariable(value: unknown): value is LayerVariableLike {
  if (typeof value !== 'object' || value === null) return false;
  const variable = value as Partial<LayerVariableLike>;
  return (
    typeof variable.read === 'function' &&
    typeof variable.write === 'function' &&
    typeof variable.originalName === 'string'
  );
}
