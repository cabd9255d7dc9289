import * as tf from '@tensorflow/tfjs-core';
import { checkRange } from '@weightkit/numerics/check';
import { checkTensor } from './check-tensor.ts';
import { matcher, type WeightFilter } from './filter.ts';
import { generatedBase, type LayerKind } from './generated-name.ts';
import { graphLayouts } from './graph-layouts.ts';
import type { GraphSlot } from './graph-slots.ts';
import { type LayerPlace, layersOf } from './layers-of.ts';
import { assign, isExtra, rawOf } from './raw-variable.ts';
import { placedPaths } from './stable-paths.ts';
import {
  type GraphModelLike,
  isContainer,
  isLayerVariable,
  type LayerInternals,
  type LayerLike,
  type LayerVariableLike,
} from './types.ts';
import { uniquePaths } from './unique-paths.ts';
import type { Weight } from './weight.ts';
import { rememberRoot } from './weight-root.ts';
import { disposed, readSource, variableIn, type WeightSource } from './weight-source.ts';

function checkValue(
  path: string,
  { shape, dtype }: { shape: readonly number[]; dtype: string },
  value: tf.Tensor,
): void {
  checkTensor('write', `the value of ${path}`, value);
  checkRange(
    tf.util.arraysEqual([...shape], value.shape) && dtype === value.dtype,
    `write: ${path} must get ${dtype} of shape [${shape}]`,
    `${value.dtype} [${value.shape}]`,
  );
}

/** Who is named where a weight is gone by the time that it is read: the function that asked for the weights, or `read` of the weight. */
type By = (own: string) => string;

const byOf =
  (fn: string): By =>
  (own) =>
    fn === 'weightsOf' ? own : fn;

function alive<T extends tf.Tensor>(fn: string, path: string, tensor: T | undefined): T {
  if (!tensor || tensor.isDisposed) throw disposed(fn, path);
  return tensor;
}

function ofVariable(by: By, path: string, stablePath: string, variable: tf.Variable): Weight {
  return {
    path,
    stablePath,
    shape: variable.shape,
    dtype: variable.dtype,
    trainable: variable.trainable,
    layer: null,
    owner: null,
    property: null,
    variable,
    read: () => tf.clone(alive(by('read'), path, variable)),
    write(value) {
      checkValue(path, variable, value);
      alive(by('write'), path, variable);
      assign(variable, value);
    },
  };
}

/** tf.variable names what has no name by a number that counts over the process. */
const ofVariables = (by: By, named: readonly (readonly [path: string, variable: tf.Variable])[]): Weight[] => {
  const stable = placedPaths(
    named.map(([path]) => path),
    (name) => (/^\d+$/.test(name) ? '' : generatedBase(name)),
  );
  return named.map(([path, variable], i) => ofVariable(by, path, stable[i]!, variable));
};

/** What weights that no variable holds have in common. */
const unheld = { trainable: false, layer: null, owner: null, property: null, variable: null } as const;

const stableOf = (paths: readonly string[]): string[] => placedPaths(paths, (name) => generatedBase(name));

function ofTensors(by: By, named: readonly (readonly [path: string, tensor: tf.Tensor])[]): Weight[] {
  const stable = stableOf(named.map(([path]) => path));
  return named.map(([path, tensor], i) => ({
    ...unheld,
    path,
    stablePath: stable[i]!,
    shape: tensor.shape,
    dtype: tensor.dtype,
    read: () => tf.clone(alive(by('read'), path, tensor)),
    write() {
      throw new Error(`write: a map's tensors are only read, got ${path}; set the weights of the model`);
    },
  }));
}

function ofGraph(by: By, graph: GraphModelLike, slots: readonly GraphSlot[]): Weight[] {
  const layouts = graphLayouts(graph);
  const stable = stableOf(slots.map(({ path }) => path));
  return slots.map(({ path, get, set }, i) => {
    const { shape, dtype } = get();
    return {
      ...unheld,
      path,
      stablePath: stable[i]!,
      shape,
      dtype,
      layout: layouts.get(get()),
      read: () => tf.clone(alive(by('read'), path, get())),
      write(value) {
        checkValue(path, { shape, dtype }, value);
        alive(by('write'), path, get());
        set(value);
      },
    };
  });
}

/** The holder is what the layer's property has: the LayerVariable, or the view that a parametrization put there. */
function ofHolder(
  fn: string,
  { layer, owner }: LayerPlace,
  { path, stablePath }: { path: string; stablePath: string },
  property: string | null,
  holder: LayerVariableLike,
  trainable: boolean,
): Weight {
  const raw = rawOf(holder);
  const { trainable: isOn } = variableIn(fn, path, raw);
  const shape = raw.shape as number[];
  // The property may be parametrized, folded or replaced after this was made: look it up each time.
  const current = (): LayerVariableLike =>
    property === null ? holder : ((layer as LayerInternals)[property] as LayerVariableLike);
  const by = byOf(fn);
  const living = (own: string): tf.Variable => variableIn(by(own), path, rawOf(current()));
  return {
    path,
    stablePath,
    shape,
    dtype: raw.dtype,
    // The train step passes over a variable whose own flag is off, whatever the layer's says.
    trainable: trainable && isOn,
    layer,
    owner,
    property,
    get variable() {
      return living('variable');
    },
    read() {
      living('read');
      return tf.tidy(() => tf.clone(current().read()));
    },
    write(value) {
      checkValue(path, { shape, dtype: raw.dtype }, value);
      const [target, variable] = [current(), living('write')];
      // Not LayerVariable.write: with a constraint it leaks a tensor and changes what was asked for.
      if (rawOf(target) === target) assign(variable, value);
      else target.write(value);
    },
  };
}

function* holdersOf(layer: LayerInternals): Generator<[string, string | null, LayerVariableLike]> {
  const found = new Set<LayerVariableLike>();
  for (const [property, value] of Object.entries(layer)) {
    if (!isLayerVariable(value) || found.has(rawOf(value))) continue;
    found.add(rawOf(value));
    yield [property, property, value];
  }
  for (const variable of [...layer._trainableWeights, ...layer._nonTrainableWeights])
    if (!found.has(variable) && !isExtra(variable)) yield [variable.originalName.split('/').at(-1)!, null, variable];
}

function ofLayers(fn: string, source: LayerLike): Weight[] {
  const places = layersOf(source, fn);
  const root = source as LayerInternals;
  const all = new Set(root.weights);
  const trained = new Set(root.trainableWeights);
  const seen = new Set<LayerVariableLike>();
  const unique = uniquePaths();
  const found: { place: LayerPlace; path: string; property: string | null; holder: LayerVariableLike }[] = [];
  for (const place of places)
    for (const [segment, property, holder] of holdersOf(place.layer as LayerInternals)) {
      const raw = rawOf(holder);
      if (!all.has(raw) || seen.has(raw)) continue;
      seen.add(raw);
      found.push({ place, path: unique(`${place.path}/${segment}`), property, holder });
    }
  const kinds = kindsOf(places);
  const stable = placedPaths(
    found.map(({ path }) => path),
    (name) => generatedBase(name, kinds.get(name)),
  );
  return found.map(({ place, path, property, holder }, i) =>
    rememberRoot(
      ofHolder(fn, place, { path, stablePath: stable[i]! }, property, holder, trained.has(rawOf(holder))),
      root,
    ),
  );
}

/** What the layers of a name are. */
const kindsOf = (places: readonly LayerPlace[]): Map<string, LayerKind> =>
  new Map(
    places.map(({ layer }) => [layer.name, { className: layer.getClassName(), isModel: isContainer(layer) }] as const),
  );

function allWeights(fn: string, source: WeightSource): Weight[] {
  const read = readSource(fn, source);
  if (read.kind === 'layers') return ofLayers(fn, read.root);
  if (read.kind === 'graph') return ofGraph(byOf(fn), read.graph, read.slots);
  return read.kind === 'variables' ? ofVariables(byOf(fn), read.named) : ofTensors(byOf(fn), read.named);
}

/**
 * The weights of a model, each with a path that is unique and stays the same when layers are frozen, parametrized or
 * reloaded. The order is that of the layer tree, never that of `getWeights()`, which changes with `trainable`.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
 * console.log(weightsOf(model).map((w) => w.path)); // -> [ 'out/kernel', 'out/bias' ]
 *
 * @param source - a built LayersModel or layer, a GraphModel, a map of tensors (read only), or tf.Variables by name or in a list
 * @param filter - which of them; all when left out. One that matches nothing is an error
 * @param fn - the function that asks, for the message of an error, of the weights too once their model is disposed
 * @param option - what the caller calls the filter, for the same message
 * @returns the weights; extra variables of parametrizations (weight norm's `g`) are not among them
 * @throws TypeError for another source or filter, RangeError when the filter matches nothing or an object or a list holds no
 * weight, Error when not built, or disposed
 */
export function weightsOf(source: WeightSource, filter?: WeightFilter, fn = 'weightsOf', option = 'filter'): Weight[] {
  const weights = allWeights(fn, source);
  if (filter === undefined) return weights;
  const chosen = weights.filter(matcher(filter, fn));
  checkRange(
    chosen.length > 0,
    `${fn}: ${option} must match a weight (there are ${weights.map((w) => w.path).join(', ') || 'none'})`,
    filter,
  );
  return chosen;
}
