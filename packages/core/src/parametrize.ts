import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { layersOf } from './layers-of.ts';
import { isLayer, isLayerVariable, type LayerInternals, type LayerLike, type LayerVariableLike } from './types.ts';
import { extraVariables, isView, type Stage, WeightView } from './view.ts';
import type { Weight } from './weight.ts';
import { weightsOf } from './weights-of.ts';
import { wrapCall } from './wrap-call.ts';

/** A differentiable map that a layer's weight passes through whenever the layer runs. */
export interface Transform {
  /**
   * The weight that the layer computes with, from the raw weight and the extra variables by name. Same shape and dtype as the
   * raw weight; runs inside a tidy and on the gradient tape, so functional tfjs ops only.
   */
  forward(raw: tf.Tensor, variables: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
  /**
   * A raw weight whose `forward` is `value` (or as near as there is). With it the parametrized weight can be written. When
   * left out, writing is an error and the raw weight starts as the value was.
   *
   * @defaultValue none
   */
  rightInverse?: (value: tf.Tensor) => tf.Tensor;
  /**
   * Extra variables, trained like the weight: for each name its value from the weight's value (weight norm's `g` from its
   * norms). They need a `compile` with a new optimizer, or they are not trained.
   *
   * @defaultValue none
   */
  variables?: Record<string, (value: tf.Tensor) => tf.Tensor>;
}

/** A parametrization in place; see {@link parametrize}. */
export interface Parametrization {
  /** The weight's path from the outermost layer that was given. */
  readonly path: string;
  /** The layer that holds the weight. */
  readonly layer: LayerLike;
  /** The layer's property. */
  readonly property: string;
  /** The raw weight that the optimizer trains. Borrowed. */
  readonly raw: tf.Variable;
  /** The extra variables by name. Borrowed. */
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /**
   * Whether `model.compile` with a NEW optimizer must follow: true exactly when there are extra variables, which a model
   * compiled earlier does not train. Masks and quantizers need none, and the optimizer's state is kept.
   */
  readonly needsRecompile: boolean;
  /** Whether it is still in place. */
  readonly installed: boolean;
  /** The weight that the layer computes with, all transforms of the stack applied. The caller disposes it. */
  value(): tf.Tensor;
  /** Takes the transform away and leaves its result in the weight: the model predicts as before. */
  fold(): void;
  /** Takes the transform away and leaves the raw weight, as it is by now. */
  restore(): void;
}

interface Installed extends Parametrization {
  readonly view: WeightView;
  readonly stage: Stage;
}

const installedOn = new WeakMap<WeightView, Installed[]>();
const uncache = new WeakMap<WeightView, () => void>();

/** The weight of `layer` that `property` names: its own, or the only one below it (the kernel of an LSTM's cell). */
function findWeight(layer: LayerLike, property: string): Weight {
  const all = weightsOf(layer);
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

function listOf(layer: LayerInternals, raw: LayerVariableLike): LayerVariableLike[] {
  return layer._trainableWeights.includes(raw) ? layer._trainableWeights : layer._nonTrainableWeights;
}

function newView(weight: Weight): WeightView {
  const layer = weight.layer as LayerInternals;
  const view = new WeightView(layer[weight.property!] as LayerVariableLike, weight.path);
  installedOn.set(view, []);
  uncache.set(
    view,
    wrapCall(weight.owner!, (call, inputs, kwargs) =>
      tf.tidy(() => {
        const before = view.cached;
        view.cached = view.compute();
        try {
          return call(inputs, kwargs);
        } finally {
          view.cached = before;
        }
      }),
    ),
  );
  layer[weight.property!] = view;
  return view;
}

function removeView(layer: LayerInternals, property: string, view: WeightView): void {
  layer[property] = view.raw;
  uncache.get(view)!();
}

/** Runs the transform once on the current value, so that a wrong one is refused before anything has changed. */
function rehearse(weight: Weight, { forward, rightInverse, variables = {} }: Transform): void {
  tf.tidy(() => {
    const value = weight.read();
    const extras = Object.entries(variables).map(([name, initial]) => [name, initial(value)] as const);
    const raw = rightInverse ? rightInverse(value) : value;
    for (const [what, result] of [
      ['rightInverse', raw],
      ['forward', forward(raw, Object.fromEntries(extras))],
    ] as const) {
      checkType(result instanceof tf.Tensor, `parametrize: ${what} of ${weight.path} must return a tensor`, result);
      checkRange(
        tf.util.arraysEqual(result.shape, value.shape) && result.dtype === value.dtype,
        `parametrize: ${what} of ${weight.path} must return ${value.dtype} [${value.shape}]`,
        `${result.dtype} [${result.shape}]`,
      );
    }
  });
}

function addStage(view: WeightView, layer: LayerInternals, transform: Transform): Stage {
  const { rightInverse, variables = {} } = transform;
  const Variable = view.raw.constructor as new (
    v: tf.Tensor,
    d: tf.DataType,
    n: string,
    t: boolean,
  ) => LayerVariableLike;
  const value = view.compute();
  const stage: Stage = { forward: (raw, extras) => transform.forward(raw, extras), rightInverse, variables: {} };
  for (const [name, initial] of Object.entries(variables)) {
    const start = tf.tidy(() => initial(value));
    const holder = new Variable(start, start.dtype, `${view.raw.originalName}/${name}`, view.raw.trainable);
    start.dispose();
    extraVariables.add(holder);
    stage.variables[name] = { initial, holder };
  }
  const list = listOf(layer, view.raw);
  list.splice(list.indexOf(view.raw) + 1, 0, ...Object.values(stage.variables).map(({ holder }) => holder));
  tf.tidy(() => {
    if (rightInverse) view.writeBelow(view.stages.length, rightInverse(value), 'parametrize');
  });
  value.dispose();
  view.stages.push(stage);
  return stage;
}

function removeStage(entry: Installed): void {
  const { view, stage, property } = entry;
  const layer = entry.layer as LayerInternals;
  const list = listOf(layer, view.raw);
  for (const { holder } of Object.values(stage.variables)) {
    list.splice(list.indexOf(holder), 1);
    holder.dispose();
  }
  view.stages.splice(view.stages.indexOf(stage), 1);
  const entries = installedOn.get(view)!;
  entries.splice(entries.indexOf(entry), 1);
  if (view.stages.length === 0) removeView(layer, property, view);
}

function checkInstalled({ view, stage, path }: Installed, fn: string): number {
  const i = view.stages.indexOf(stage);
  if (i < 0) throw new Error(`${fn}: parametrization must be in place, got one already removed from ${path}`);
  return i;
}

function handleOf(view: WeightView, stage: Stage, weight: Weight): Installed {
  const entry: Installed = {
    view,
    stage,
    path: weight.path,
    layer: weight.layer!,
    property: weight.property!,
    raw: view.raw.read() as tf.Variable,
    variables: Object.fromEntries(
      Object.entries(stage.variables).map(([name, { holder }]) => [name, holder.read() as tf.Variable]),
    ),
    needsRecompile: Object.keys(stage.variables).length > 0,
    get installed() {
      return view.stages.includes(stage);
    },
    value() {
      checkInstalled(entry, 'value');
      return view.compute();
    },
    fold() {
      const i = checkInstalled(entry, 'fold');
      const value = view.compute(i + 1);
      try {
        view.writeBelow(i, value, 'fold');
      } finally {
        value.dispose();
      }
      removeStage(entry);
    },
    restore() {
      checkInstalled(entry, 'restore');
      removeStage(entry);
    },
  };
  return entry;
}

/**
 * Makes a layer compute with a function of its weight: the one primitive under masks, fake quantization, weight norm and
 * partial freezing. The optimizer goes on training the raw weight, now through the function; the layer, its configuration
 * and its class stay as they are. Parametrizations of one weight stack, the newest applied last, and each can be removed.
 *
 * The function runs once per call of the layer, however many time steps that has. Regularizers see the raw weight.
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
 * @throws TypeError or RangeError when the layer has no such weight or the transform changes shape or dtype; nothing has
 * changed then
 */
export function parametrize(layer: LayerLike, property: string, transform: Transform): Parametrization;
export function parametrize(weight: Weight, transform: Transform): Parametrization;
export function parametrize(target: LayerLike | Weight, ...rest: [string, Transform] | [Transform]): Parametrization {
  const transform = rest[rest.length - 1] as Transform;
  checkOptions('parametrize', transform, ['forward', 'rightInverse', 'variables']);
  checkType(typeof transform?.forward === 'function', 'parametrize: forward must be a function', transform?.forward);
  checkType(
    rest.length === 1 || (isLayer(target) && typeof rest[0] === 'string'),
    'parametrize: arguments must be (layer, property, transform) or (weight, transform)',
    target,
  );
  const weight = rest.length === 2 ? findWeight(target as LayerLike, rest[0]) : (target as Weight);
  checkType(
    typeof weight.read === 'function' && weight.layer !== null && weight.property !== null,
    'parametrize: weight must be held by a property of a layer',
    weight.path,
  );
  rehearse(weight, transform);
  const holder = (weight.layer as LayerInternals)[weight.property!] as LayerVariableLike;
  const view = isView(holder) ? holder : newView(weight);
  try {
    const stage = addStage(view, weight.layer as LayerInternals, transform);
    const entry = handleOf(view, stage, weight);
    installedOn.get(view)!.push(entry);
    return entry;
  } finally {
    if (view.stages.length === 0) removeView(weight.layer as LayerInternals, weight.property!, view);
  }
}

/** The views of a model or layer. */
function viewsOf(source: LayerLike): WeightView[] {
  return layersOf(source).flatMap(({ layer }) =>
    Object.values(layer as LayerInternals).filter((v): v is WeightView => isLayerVariable(v) && isView(v)),
  );
}

/**
 * The parametrizations in place, oldest first on each weight.
 *
 * @param source - a built model or layer
 */
export function parametrizationsOf(source: LayerLike): Parametrization[] {
  return viewsOf(source).flatMap((view) => installedOn.get(view) ?? []);
}

/**
 * Whether any weight of a model or layer is parametrized.
 *
 * @param source - a built model or layer
 */
export const isParametrized = (source: LayerLike): boolean => viewsOf(source).length > 0;
