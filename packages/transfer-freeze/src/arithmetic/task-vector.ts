import { type Checkpoint, type NameFilter, nameMatcher } from '@weightkit/checkpoint';
import type { WeightSource } from '@weightkit/core';
import { checkFinite, checkOptions, checkRange } from '@weightkit/numerics/check';
import { floatTensor } from '../transfer/float-tensor.ts';
import { sameShape } from '../transfer/offers.ts';
import { type SourceTensor, tensorsOf } from '../transfer/source-tensors.ts';

/** Options of {@link taskVector}. */
export interface TaskVectorOptions {
  /**
   * Which weights, by name: a name, a glob, a RegExp, a function, or a list of these. What a new head has must be left out.
   * @defaultValue all
   */
  filter?: NameFilter<string>;
}

const fn = 'taskVector';

/** A checkpoint of tensors by name. */
export const vectorOf = (
  tensors: readonly { name: string; shape: readonly number[]; values: Float32Array }[],
): Checkpoint => ({
  format: 'safetensors',
  tensors: tensors.map(({ name, shape, values }) => floatTensor(name, shape, values)),
  extras: { metadata: { kind: 'task vector' } },
  close: async () => {},
});

/** The tensors of floats in a source that a filter takes, by their names with those that tfjs made up counted by place. */
function floatsOf(source: WeightSource | Checkpoint, matches: (name: string) => boolean): Map<string, SourceTensor> {
  const tensors = tensorsOf(fn, source).filter(({ refused, stablePath }) => refused === null && matches(stablePath));
  return new Map(tensors.map((tensor) => [tensor.stablePath, tensor]));
}

/**
 * What fine-tuning has changed, as a vector that can be added to a model, taken away from it and put together with others: tuned − base for
 * each weight (task arithmetic; Ilharco et al. 2022, https://arxiv.org/abs/2212.04089). Differences are rounded once.
 *
 * It is a checkpoint: `writeCheckpoint(vector, 'task.safetensors')` writes it to a file, `openCheckpoint` reads it. {@link addTaskVector} adds
 * it to a model; {@link combineTaskVectors} adds up several, as they are or by TIES and DARE.
 *
 * @example
 * const build = (value) => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'fc',
 *   kernelInitializer: tf.initializers.constant({ value }) })] });
 * const vector = await taskVector(build(1), build(1.5));
 * console.log(vector.tensors.map(({ name }) => name).join(), (await vector.tensors[0].values())[0]); // -> fc/kernel,fc/bias 0.5
 *
 * @param base - the model before fine-tuning: a model, layer, variables or tensors by name, or a checkpoint with the names that TensorFlow.js
 * gives; borrowed
 * @param tuned - the same after it; borrowed
 * @param options - see {@link TaskVectorOptions}
 * @returns the differences by name
 * @throws TypeError for other sources and options; RangeError where the two have other weights or shapes (all of it in one message), or
 * something is not finite
 */
export async function taskVector(
  base: WeightSource | Checkpoint,
  tuned: WeightSource | Checkpoint,
  options: TaskVectorOptions = {},
): Promise<Checkpoint> {
  checkOptions(fn, options, ['filter']);
  const matches =
    options.filter === undefined ? () => true : nameMatcher<string>(fn, 'name', options.filter, (name) => name);
  const [before, after] = [floatsOf(base, matches), floatsOf(tuned, matches)];
  checkRange(before.size > 0, `${fn}: base must have weights of floats that the filter takes`, before.size);
  const wrong = [...before].flatMap(([name, { shape }]) => {
    const other = after.get(name);
    if (!other) return [`tuned has no ${name}`];
    return sameShape(shape, other.shape) ? [] : [`tuned has ${name} as [${other.shape}], not [${shape}]`];
  });
  const more = [...after.keys()].filter((name) => !before.has(name)).map((name) => `base has no ${name}`);
  const all = [...wrong, ...more];
  checkRange(
    all.length === 0,
    `${fn}: base and tuned must have the same weights (a filter leaves others out): ${all.join('; ')}`,
    all.length,
  );
  const tensors = [];
  for (const [name, tensor] of before) {
    const [old, now] = [await tensor.read(), await after.get(name)!.read()];
    checkFinite(fn, 'base', name, old);
    checkFinite(fn, 'tuned', name, now);
    const values = now.map((value, i) => value - old[i]!);
    checkFinite(fn, 'differences', name, values);
    tensors.push({ name, shape: tensor.shape, values });
  }
  return vectorOf(tensors);
}
