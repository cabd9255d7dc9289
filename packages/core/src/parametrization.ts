import type * as tf from '@tensorflow/tfjs-core';
import type { LayerInternals, LayerLike } from './types.ts';
import type { Stage, WeightView } from './view.ts';
import type { Weight } from './weight.ts';

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
   * Whether `model.compile` with a NEW optimizer must follow, after installation and after removal: true exactly when there
   * are extra variables, which a model compiled earlier does not train and one compiled with them cannot miss. Masks and
   * quantizers need none, and the optimizer's state is kept.
   */
  readonly needsRecompile: boolean;
  /** Whether it is still in place. */
  readonly installed: boolean;
  /** Whether `fold` can be: it is in place, and every one below it has a right inverse. */
  readonly foldable: boolean;
  /** The weight that the layer computes with, all transforms of the stack applied. The caller disposes it. */
  value(): tf.Tensor;
  /**
   * Takes the transform away and leaves its result in the weight: the model predicts as before. Where others lie below, their
   * right inverses take the result.
   *
   * @throws Error when one below has no right inverse; nothing has changed then
   */
  fold(): void;
  /** Takes the transform away and leaves the raw weight, as it is by now. */
  restore(): void;
}

function removeStage(view: WeightView, stage: Stage, { layer, property, variables }: Parametrization): void {
  const { _trainableWeights, _nonTrainableWeights } = layer as LayerInternals;
  for (const [name, { holder }] of Object.entries(stage.variables)) {
    for (const list of [_trainableWeights, _nonTrainableWeights])
      if (list.includes(holder)) list.splice(list.indexOf(holder), 1);
    // The model may have been disposed, and the variable with it.
    if (!variables[name]!.isDisposed) holder.dispose();
  }
  view.stages.splice(view.stages.indexOf(stage), 1);
  if (view.stages.length > 0) return;
  (layer as LayerInternals)[property] = view.raw;
  view.release();
}

/** The handle of one stage. */
export function handleOf(view: WeightView, weight: Weight, variables: Stage['variables']): Parametrization {
  const stage = (fn: string): Stage => {
    const found = view.stages.find(({ handle: h }) => h === handle);
    if (!found) throw new Error(`${fn}: parametrization must be in place, got one already removed from ${weight.path}`);
    return found;
  };
  const handle: Parametrization = {
    path: weight.path,
    layer: weight.layer!,
    property: weight.property!,
    raw: view.raw.read() as tf.Variable,
    variables: Object.fromEntries(
      Object.entries(variables).map(([name, { holder }]) => [name, holder.read() as tf.Variable]),
    ),
    needsRecompile: Object.keys(variables).length > 0,
    get installed() {
      return view.stages.some(({ handle: h }) => h === handle);
    },
    get foldable() {
      const i = view.stages.findIndex(({ handle: h }) => h === handle);
      return i >= 0 && view.stages.slice(0, i).every(({ rightInverse }) => rightInverse !== undefined);
    },
    value() {
      stage('value');
      return view.compute();
    },
    fold() {
      const folded = stage('fold');
      const i = view.stages.indexOf(folded);
      const value = view.compute(i + 1);
      try {
        view.writeBelow(i, value, 'fold');
      } finally {
        value.dispose();
      }
      removeStage(view, folded, handle);
    },
    restore() {
      removeStage(view, stage('restore'), handle);
    },
  };
  return handle;
}
