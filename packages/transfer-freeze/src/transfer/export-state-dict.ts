import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import {
  checkLayer,
  exclusively,
  finiteValues,
  type LayerLike,
  type ModelLike,
  type SkippedWeight,
  type Weight,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { noteModels } from './feature-order.ts';
import { floatTensor } from './float-tensor.ts';
import { moduleOf } from './match-names.ts';
import { inverseOrder, permuteAxes } from './permute-axes.ts';
import { torchLayout } from './torch-layout.ts';

const FN = 'exportStateDict';

/** Options of {@link exportStateDict}. */
export interface ExportStateDictOptions {
  /**
   * Which weights.
   * @defaultValue all
   */
  filter?: WeightFilter;
}

/** A state dict, and what is not in it. */
export interface StateDict {
  /** The tensors, named and laid out as PyTorch has them; nothing is to be closed. */
  checkpoint: Checkpoint;
  /** The weights that PyTorch has no form of, and why. */
  skipped: SkippedWeight[];
}

/** The end that recurrent modules give their names. */
function nameOf(weight: Weight, slot: string): string {
  const [path, reverse = ''] = moduleOf(weight, weight.path).split('\0') as [string, string?];
  const recurrent = /^(weight|bias)_(ih|hh)$/.test(slot);
  return [...path.split('/'), recurrent ? `${slot}_l0${reverse}` : slot].filter((part) => part !== '').join('.');
}

async function tensorsOf(weight: Weight): Promise<CheckpointTensor[] | SkippedWeight> {
  const { path, dtype } = weight;
  if (dtype !== 'float32') return { path, reason: `its dtype is ${dtype}, not float32` };
  const layout = torchLayout(weight);
  if ('reason' in layout) return { path, reason: layout.reason };
  const { slots, shape, view, order } = layout;
  const values = await finiteValues(FN, weight);
  const here = order.map((axis) => view[axis]!);
  const moved = permuteAxes(values, here, inverseOrder(order));
  // The second of two that are added is nothing.
  return slots.map((slot, i) =>
    floatTensor(nameOf(weight, slot), shape, i === 0 ? moved : new Float32Array(moved.length)),
  );
}

/**
 * The weights of a model as a state dict of PyTorch, for `writeCheckpoint(checkpoint, 'model.safetensors')` and `load_state_dict`: the other
 * way of {@link transferWeights}, which says how each kind of layer is laid out. Names are the layers' paths with dots for slashes
 * (`encoder.conv1.weight`). The one bias of a recurrent layer is `bias_ih`, and `bias_hh` is 0. `num_batches_tracked` of a batch
 * normalization is left out: PyTorch fills it in.
 *
 * Weights are those that layers compute with, parametrizations applied; they are downloaded now, and the model may be changed afterwards.
 *
 * @example
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'fc' })] });
 * const { checkpoint } = await exportStateDict(model);
 * console.log(checkpoint.tensors.map(({ name, shape }) => `${name} [${shape}]`).join()); // -> fc.weight [2,3],fc.bias [2]
 *
 * @param model - a built model or layer; borrowed
 * @param options - see {@link ExportStateDictOptions}
 * @returns the state dict, and what is not in it
 * @throws TypeError for anything else; RangeError where the filter matches nothing, a weight is not finite, or PyTorch has no form of
 * any of them
 */
export async function exportStateDict(
  model: ModelLike | LayerLike,
  options: ExportStateDictOptions = {},
): Promise<StateDict> {
  checkOptions(FN, options, ['filter']);
  checkLayer(FN, 'model', model);
  const weights = weightsOf(model, options.filter, FN);
  noteModels(FN, model);
  return exclusively(FN, weights, async () => {
    const tensors: CheckpointTensor[] = [];
    const skipped: SkippedWeight[] = [];
    for (const weight of weights) {
      const made = await tensorsOf(weight);
      if (Array.isArray(made)) tensors.push(...made);
      else skipped.push(made);
    }
    checkRange(
      tensors.length > 0,
      `${FN}: model must have a layer that PyTorch has too`,
      skipped.map(({ path, reason }) => `${path}: ${reason}`),
    );
    return { checkpoint: { format: 'safetensors', tensors, extras: {}, close: async () => {} }, skipped };
  });
}
