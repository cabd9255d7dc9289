import * as tf from '@tensorflow/tfjs-core';
import { type ModelLike, weightsOf } from '@weightkit/core';
import type { GraphLayer } from './flow.ts';
import type { Links, Loaded } from './links.ts';
import { keptOf } from './plan.ts';
import type { Removal } from './removal.ts';
import { sliced } from './sliced.ts';

// biome-ignore lint/suspicious/noExplicitAny: what JSON gives
type Json = any;

/** The constructor that every model of TensorFlow.js carries. */
interface ModelClass {
  fromConfig(self: ModelClass, config: Json, customObjects: object, fastWeightInit: boolean): ModelLike;
}

/** Each layer with its configuration, those in nested models too. */
function* configsOf({ layers = [] }: GraphLayer, config: Json): Generator<[GraphLayer, Json]> {
  for (const [i, layer] of layers.entries()) {
    const own = config.layers[i].config;
    yield [layer, own];
    yield* configsOf(layer, own);
  }
}

/** What TensorFlow.js 4.22 leaves out of configurations, or mistakes: it gives a regularizer for the constraint of a depthwise kernel. */
function mend(layer: GraphLayer, config: Json): void {
  const { depthMultiplier, depthwiseConstraint } = layer;
  if (depthMultiplier !== undefined) config.depthMultiplier ??= depthMultiplier;
  if ('depthwiseConstraint' in config)
    config.depthwiseConstraint = depthwiseConstraint
      ? { className: depthwiseConstraint.getClassName(), config: depthwiseConstraint.getConfig() }
      : null;
  if (config.layer?.config && layer.layer) mend(layer.layer, config.layer.config);
}

/** Throws for a class that could not be built again. */
function checkRegistered(fn: string, { layers = [] }: GraphLayer): void {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  for (const layer of layers) {
    const name = layer.getClassName();
    if (!Object.hasOwn(known, name))
      throw new Error(
        `${fn}: classes of layers must be registered to be built again, got ${name} of ${layer.name}; tf.serialization.registerClass(${name})`,
      );
    checkRegistered(fn, layer);
  }
}

/** The calls of each layer by name, as a configuration has them, and of nested models. */
function* callsOf({ layers = [] }: Json): Generator<[name: string, calls: string]> {
  for (const { name, config, inboundNodes } of layers) {
    yield [name, JSON.stringify(inboundNodes ?? [])];
    yield* callsOf(config);
  }
}

/** Throws where TensorFlow.js has made the calls of a shared layer in another order, and so taken one for another. */
function checkCalls(fn: string, from: GraphLayer, to: GraphLayer): void {
  const calls = [...callsOf(to.getConfig())].sort();
  for (const [i, [name, of]] of [...callsOf(from.getConfig())].sort().entries())
    if (calls[i]?.[1] !== of)
      throw new Error(
        `${fn}: the calls of a shared layer must be in an order in which TensorFlow.js can make them again, got those of ${name}; ` +
          'call it first on what comes first',
      );
}

/** The model's configuration with its numbers of units. */
function smallerConfig(model: GraphLayer, links: Links, { isGone }: Removal): Json {
  const config = JSON.parse(JSON.stringify(model.getConfig()));
  const byLayer = new Map(configsOf(model, config));
  for (const [layer, own] of byLayer) mend(layer, own);
  for (const { layer, keys, atoms } of links.sizes.values()) {
    if (!atoms.some(isGone)) continue;
    let at = byLayer.get(layer);
    for (const key of keys.slice(0, -1)) at = at?.[key];
    const last = keys.at(-1)!;
    if (typeof at?.[last] === 'number') at[last] = atoms.reduce((sum, atom) => sum + (isGone(atom) ? 0 : 1), 0);
  }
  return config;
}

/** The values of a weight in the smaller model. */
function valuesOf(links: Links, removal: Removal, loaded: Loaded): Float32Array {
  const { weight, values } = loaded;
  const shift = removal.shifts.get(weight.path);
  const whole = shift ? values.map((value, i) => value + shift[i]!) : values;
  return sliced(whole, weight.shape, keptOf(links, removal, loaded));
}

/** Flags of nested models, which no configuration has. */
function copyFlags(from: GraphLayer, to: GraphLayer): void {
  if (!from.layers) return;
  for (const [i, layer] of from.layers.entries()) copyFlags(layer, to.layers![i]!);
  if (!from.trainable) to.trainable = false;
}

/** Disposes a model's weights, shared ones once, and the states of its RNNs. */
export function disposeModel(model: ModelLike): void {
  for (const { variable } of weightsOf(model)) if (!variable!.isDisposed) variable!.dispose();
  const states = (layers: readonly GraphLayer[] = []): void => {
    for (const layer of layers) {
      for (const one of [layer, layer.forwardLayer, layer.backwardLayer])
        tf.dispose([one?.states_ ?? [], one?.keptStates ?? []]);
      states(layer.layers);
    }
  };
  states(model.layers as unknown as GraphLayer[]);
}

/**
 * Builds a model anew without what goes, with names of layers and weights as they are. It is not compiled.
 *
 * @param fn - the function that asks, for messages
 * @param model - the model, which stays as it is
 * @returns the model, which belongs to the caller
 */
export function smallerModel<M extends ModelLike>(
  fn: string,
  model: M,
  links: Links,
  removal: Removal,
  weights: readonly Loaded[],
): M {
  const source = model as unknown as GraphLayer;
  checkRegistered(fn, source);
  const config = smallerConfig(source, links, removal);
  const Class = model.constructor as unknown as ModelClass;
  // Initial values would be overwritten.
  const small = Class.fromConfig(Class, config, {}, true) as M;
  try {
    checkCalls(fn, source, small as unknown as GraphLayer);
    const byPath = new Map(weights.map((loaded) => [loaded.weight.path, loaded]));
    for (const { path, shape, variable } of weightsOf(small, undefined, fn)) {
      const values = valuesOf(links, removal, byPath.get(path)!);
      tf.tidy(() => variable!.assign(tf.tensor(values, [...shape], variable!.dtype)));
    }
    copyFlags(source, small as unknown as GraphLayer);
    const metadata: unknown = source.userDefinedMetadata;
    if (metadata) (small as unknown as GraphLayer).setUserDefinedMetadata(structuredClone(metadata));
  } catch (error) {
    disposeModel(small);
    throw error;
  }
  return small;
}
