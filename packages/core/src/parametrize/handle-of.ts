import type * as tf from '@tensorflow/tfjs-core';
import { variableOf } from '../model/raw-variable.ts';
import type { LayerInternals } from '../model/types.ts';
import type { Weight } from '../model/weight.ts';
import { variableIn } from '../model/weight-source.ts';
import type { Parametrization } from './parametrization.ts';
import type { Stage, WeightView } from './view.ts';

function removeStage(view: WeightView, stage: Stage, { layer, variables }: Parametrization): void {
  const { _trainableWeights, _nonTrainableWeights } = layer as LayerInternals;
  for (const [name, { holder }] of Object.entries(stage.variables)) {
    for (const list of [_trainableWeights, _nonTrainableWeights])
      if (list.includes(holder)) list.splice(list.indexOf(holder), 1);
    // The model may have been disposed, and the variable with it.
    if (!variables[name]!.isDisposed) holder.dispose();
  }
  view.stages.splice(view.stages.indexOf(stage), 1);
  if (view.stages.length > 0) return;
  view.release();
}

/** The handle of one stage. */
export function handleOf(
  view: WeightView,
  weight: Weight,
  variables: Stage['variables'],
  { kind, beside = false }: { kind?: string | undefined; beside?: boolean },
): Parametrization {
  const stage = (fn: string): Stage => {
    const found = view.stages.find(({ handle: h }) => h === handle);
    if (!found) throw new Error(`${fn}: parametrization must be in place, got one already removed from ${weight.path}`);
    return found;
  };
  const handle: Parametrization = {
    kind: kind ?? null,
    beside,
    path: weight.path,
    layer: weight.layer!,
    property: weight.property!,
    raw: variableOf(view.raw),
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
      variableIn('value', weight.path, view.raw);
      return view.compute();
    },
    below() {
      const own = stage('below');
      variableIn('below', weight.path, view.raw);
      return view.compute(view.stages.indexOf(own));
    },
    fold() {
      const folded = stage('fold');
      variableIn('fold', weight.path, view.raw);
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
