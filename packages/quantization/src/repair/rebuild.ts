import * as tf from '@tensorflow/tfjs-core';
import { type LayerLike, layersOf, type ModelLike, weightsOf } from '@weightkit/core';
import type { GraphLayer } from './calls.ts';

// biome-ignore lint/suspicious/noExplicitAny: what JSON gives
type Json = any;

/** The constructor that every model of TensorFlow.js carries. */
interface ModelClass {
  fromConfig(self: ModelClass, config: Json, customObjects: object, fastWeightInit: boolean): ModelLike;
}

/** What is to be other in the new model. */
export interface Changes {
  /** Layers that go; what they gave is what they were given. */
  removed: ReadonlySet<LayerLike>;
  /** Entries of layers' configurations. */
  configs: ReadonlyMap<LayerLike, Readonly<Record<string, unknown>>>;
  /** Values of weights by path; those of layers without a bias that get one are theirs. */
  values: ReadonlyMap<string, Float32Array>;
}

/** What TensorFlow.js 4.22 leaves out of configurations, or mistakes: it gives a regularizer for the constraint of a depthwise kernel. */
function mend(layer: GraphLayer, config: Json): void {
  if (layer.depthMultiplier !== undefined) config.depthMultiplier ??= layer.depthMultiplier;
  if ('depthwiseConstraint' in config) {
    const constraint = layer.depthwiseConstraint;
    config.depthwiseConstraint = constraint
      ? { className: constraint.getClassName(), config: constraint.getConfig() }
      : null;
  }
  if (config.layer?.config && layer.layer) mend(layer.layer, config.layer.config);
}

/** Takes layers out of a model's configuration, and changes that of others. */
function edit(fn: string, { layers = [] }: GraphLayer, config: Json, changes: Changes): void {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  const instead = new Map<string, Json>();
  for (const [i, layer] of layers.entries()) {
    const name = layer.getClassName();
    if (!Object.hasOwn(known, name))
      throw new Error(
        `${fn}: classes of layers must be registered to be built again, got ${name} of ${layer.name}; tf.serialization.registerClass(${name})`,
      );
    const entry = config.layers[i];
    if (layer.layers) edit(fn, layer, entry.config, changes);
    else mend(layer, entry.config);
    Object.assign(entry.config, changes.configs.get(layer));
    if (changes.removed.has(layer)) instead.set(layer.name, entry.inboundNodes?.[0]?.[0]);
  }
  const isKept = (_: unknown, i: number) => !changes.removed.has(layers[i]!);
  config.layers = config.layers.filter(isKept);
  // A Sequential has no nodes: what stands before is what comes before.
  const place = (from: Json): Json => {
    const before = instead.get(from[0]);
    return before ? place([before[0], before[1], before[2], ...from.slice(3)]) : from;
  };
  for (const entry of config.layers) entry.inboundNodes = entry.inboundNodes?.map((node: Json[]) => node.map(place));
  if (config.outputLayers) config.outputLayers = config.outputLayers.map(place);
}

/** Disposes a model's weights, shared ones once. */
export function disposeModel(model: ModelLike): void {
  for (const { variable } of weightsOf(model)) if (!variable!.isDisposed) variable!.dispose();
}

/** Flags of nested models, which no configuration has. */
function copyFlags(from: readonly GraphLayer[], to: readonly GraphLayer[]): void {
  const byName = new Map(to.map((layer) => [layer.name, layer]));
  for (const layer of from) {
    const other = byName.get(layer.name);
    if (!layer.layers || !other) continue;
    copyFlags(layer.layers, other.layers!);
    if (!layer.trainable) other.trainable = false;
  }
}

/**
 * Builds a model anew, with names of layers and weights as they are, parametrizations folded in. It is not compiled.
 *
 * @param fn - the function that asks, for messages
 * @param model - the model, which stays as it is
 * @param changes - what is to be other
 * @param values - the values of the model's weights by path
 * @returns the model, which belongs to the caller
 * @throws Error for a class of layers that is not registered
 */
export function rebuilt<M extends ModelLike>(
  fn: string,
  model: M,
  changes: Changes,
  values: ReadonlyMap<string, tf.TypedArray>,
): M {
  const source = model as unknown as GraphLayer;
  const config = JSON.parse(JSON.stringify(source.getConfig()));
  edit(fn, source, config, changes);
  const Class = model.constructor as unknown as ModelClass;
  // Initial values would be overwritten.
  const made = Class.fromConfig(Class, config, {}, true) as M;
  try {
    layersOf(made, fn);
    for (const { path, shape, variable } of weightsOf(made, undefined, fn)) {
      const own = changes.values.get(path) ?? values.get(path);
      if (!own || own.length !== tf.util.sizeFromShape([...shape]))
        throw new Error(`${fn}: weights must have paths of their own, got two layers of the name in ${path}`);
      tf.tidy(() => variable!.assign(tf.tensor(own, [...shape], variable!.dtype)));
    }
    copyFlags(source.layers!, made.layers as GraphLayer[]);
    const metadata: unknown = source.userDefinedMetadata;
    if (metadata) (made as unknown as GraphLayer).setUserDefinedMetadata(structuredClone(metadata));
    return made;
  } catch (error) {
    disposeModel(made);
    throw error;
  }
}
