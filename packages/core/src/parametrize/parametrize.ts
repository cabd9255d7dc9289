import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { notModel } from '../model/check-model.ts';
import { markExtra } from '../model/raw-variable.ts';
import { remedyFor } from '../model/source-remedy.ts';
import { isLayer, type LayerInternals, type LayerLike, type LayerVariableLike } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { weightsOf } from '../model/weights-of.ts';
import { checkThawed } from './check-thawed.ts';
import { checkUnconstrained } from './constrained.ts';
import { handleOf } from './handle-of.ts';
import type { Parametrization } from './parametrization.ts';
import { redirectReads } from './redirect.ts';
import { askerOf, checkTransform, type Start, startOf, type Transform } from './transform.ts';
import { checkUses, layersAround, usesOf } from './uses.ts';
import { isView, type Stage, WeightView } from './view.ts';
import { wrapCall } from './wrap-call.ts';

/** The weight of `layer` that `property` names: its own, or the only one below it (the kernel of an LSTM's cell). */
function findWeight(layer: LayerLike, property: string): Weight {
  const all = weightsOf(layer, undefined, 'parametrize');
  const own = all.find((weight) => weight.layer === layer && weight.property === property);
  if (own) return own;
  const below = all.filter((weight) => weight.path.endsWith(`/${property}`));
  checkRange(
    below.length === 1,
    `parametrize: property must name one weight of ${layer.name} (there are ${all.map((w) => w.path).join(', ')})`,
    property,
  );
  return below[0]!;
}

/** Computes the view's value once per call of a layer. */
const cacheIn = (view: WeightView, owner: LayerLike): (() => void) =>
  wrapCall(owner, (call, inputs, kwargs) =>
    tf.tidy(() => {
      const before = view.cached;
      view.cached = view.compute();
      try {
        return call(inputs, kwargs);
      } finally {
        view.cached = before;
      }
    }),
  );

/** Puts a view in every property that holds the variable, of tied layers too. */
function install(view: WeightView, weight: Weight, layers: readonly LayerInternals[]): void {
  const uses = usesOf(weight, view.raw, layers);
  for (const { layer, property } of uses) layer[property] = view;
  const releases = [cacheIn(view, weight.owner!), redirectReads(view, layers)];
  view.release = () => {
    for (const { layer, property } of uses) if (layer[property] === view) layer[property] = view.raw;
    for (const release of releases) release();
  };
}

/** Throws unless the view can be put in every property that holds the variable; nothing changes. */
function checkPlaces(fn: string, view: WeightView, weight: Weight, layers: readonly LayerInternals[]): void {
  checkUses(fn, weight);
  for (const { layer, property } of usesOf(weight, view.raw, layers)) {
    const holder = layer[property];
    layer[property] = holder; // a read-only property throws here
  }
}

/** The list of the layer that the raw variable stands in, and so its extra variables: freezing the layer freezes both. */
function listOf(fn: string, { layer, path }: Weight, raw: LayerVariableLike): LayerVariableLike[] {
  const { _trainableWeights, _nonTrainableWeights } = layer as LayerInternals;
  const list = [_trainableWeights, _nonTrainableWeights].find((candidate) => candidate.includes(raw));
  if (!list) throw new Error(`${fn}: weight must be one of its layer's own, got ${path}, which another layer keeps`);
  return list;
}

function extrasOf(view: WeightView, weight: Weight, start: Start, transform: Transform): Stage['variables'] {
  const Variable = view.raw.constructor as new (
    value: tf.Tensor,
    dtype: tf.DataType,
    name: string,
    trainable: boolean,
  ) => LayerVariableLike;
  const extras: Stage['variables'] = {};
  if (!transform.variables) return extras;
  for (const [name, initial] of Object.entries(transform.variables)) {
    const value = start.variables[name]!;
    const holder = new Variable(value, value.dtype, `${view.raw.originalName}/${name}`, view.raw.trainable);
    markExtra(holder);
    extras[name] = { initial, holder };
  }
  const list = listOf(askerOf(transform), weight, view.raw);
  list.splice(list.indexOf(view.raw) + 1, 0, ...Object.values(extras).map(({ holder }) => holder));
  return extras;
}

/**
 * Makes a layer compute with a function of its weight: the one primitive under masks, fake quantization, weight norm and
 * partial freezing. The optimizer goes on training the raw weight, now through the function; the layer, its configuration
 * and its class stay as they are. Parametrizations of one weight stack, the newest applied last, and each can be removed.
 *
 * A variable that several layers use (tied weights) is parametrized for all of them: in every property that holds its
 * LayerVariable, and for whoever else reads that while layers run. The function runs once per call of the layer, however many time
 * steps that has. Regularizers see the raw weight.
 * `model.save` writes raw weights: save with {@link saveFolded}.
 *
 * The design is PyTorch's `torch.nn.utils.parametrize`, https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.register_parametrization.html
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
 * const half = parametrize(model.layers[0], 'kernel', { forward: (w) => tf.mul(w, 0.5) });
 * half.fold(); // the kernel is halved for good
 *
 * @param layer - a built layer (a wrapper or RNN finds its cell's weights), or a weight from {@link weightsOf}
 * @param property - the layer's property (`kernel`); left out when a weight is given
 * @param transform - the function, its right inverse, its extra variables
 * @returns the handle
 * @throws TypeError or RangeError when the layer has no such weight or the transform changes shape or dtype; Error when another
 * layer keeps the tf.Variable itself, by the names of both, when a weight that is to get extra variables is frozen and they are not `beside` it, or when it is
 * constrained and the transform would not keep that; nothing has changed then
 */
export function parametrize(layer: LayerLike, property: string, transform: Transform): Parametrization;
export function parametrize(weight: Weight, transform: Transform): Parametrization;
export function parametrize(target: LayerLike | Weight, ...rest: [string, Transform] | [Transform]): Parametrization {
  const transform = rest[rest.length - 1] as Transform;
  if (remedyFor(target) !== '') throw notModel('parametrize: layer must be a tfjs layer', target);
  checkType(
    isLayer(target) ? rest.length === 2 && typeof rest[0] === 'string' : rest.length === 1,
    'parametrize: arguments must be (layer, property, transform) or (weight, transform)',
    isLayer(target) ? rest[0] : target,
  );
  checkTransform(transform);
  const weight = rest.length === 2 ? findWeight(target as LayerLike, rest[0]) : (target as Weight);
  checkType(
    typeof weight?.read === 'function' && !!weight.layer && !!weight.property,
    'parametrize: weight must be held by a property of a layer',
    weight?.path ?? weight,
  );
  const holder = (weight.layer as LayerInternals)[weight.property!] as LayerVariableLike;
  const fn = askerOf(transform);
  checkUnconstrained(fn, weight, transform.kind);
  const view = isView(holder) ? holder : new WeightView(holder, weight.path);
  if (transform.variables) {
    listOf(fn, weight, view.raw);
    if (!transform.beside) checkThawed(fn, weight);
  }
  const layers = view.stages.length === 0 ? layersAround(weight) : [];
  checkPlaces(fn, view, weight, layers);
  const start = startOf(weight, transform);
  try {
    if (start.moved) view.writeBelow(view.stages.length, start.raw, fn);
    const variables = extrasOf(view, weight, start, transform);
    const handle = handleOf(view, weight, variables, transform);
    const { forward, rightInverse, moments } = transform;
    view.stages.push({
      forward: (raw, extras) => forward.call(transform, raw, extras),
      rightInverse,
      variables,
      moments,
      handle,
    });
    if (view.stages.length === 1) install(view, weight, layers);
    return handle;
  } finally {
    tf.dispose([start.raw, ...Object.values(start.variables)]);
  }
}
