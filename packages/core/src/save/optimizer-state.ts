import * as tf from '@tensorflow/tfjs-core';
import { checkRange, checkType } from '@weightkit/numerics/check';
import { isExtra } from '../model/raw-variable.ts';
import type { LayerVariableLike } from '../model/types.ts';
import { passesGradient } from '../parametrize/passes-gradient.ts';
import type { WeightView } from '../parametrize/view.ts';
import { type Compiled, SLOTS, slotNames, steppedBy } from '../training/compiled.ts';
import type { FileWeight, NamedTensor } from './file-weights.ts';

const words = (name: unknown): string =>
  String(name)
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Losses or metrics of a compiled model by name: one, one for each output, or by output. */
function named<T>(value: unknown, name: (one: unknown) => T): T | T[] | Record<string, T | T[]> {
  if (Array.isArray(value)) return value.map(name);
  if (typeof value !== 'object' || value === null) return name(value);
  return Object.fromEntries(
    Object.entries(value).map(([output, one]) => [output, Array.isArray(one) ? one.map(name) : name(one)]),
  );
}

/**
 * How a model was compiled, as stock saves it.
 *
 * @param fn - the function that asks
 * @param model - a compiled model
 * @throws TypeError or RangeError where stock could not compile the loaded model in the same way
 */
export function trainingConfig(fn: string, { optimizer, loss, metrics }: Compiled): tf.io.TrainingConfig {
  if (!optimizer)
    throw new Error(
      `${fn}: model must be compiled for its optimizer to be saved, got one that is not; call compile first`,
    );
  checkRange(
    Object.hasOwn(SLOTS, optimizer.getClassName()),
    `${fn}: optimizer must be one whose state stock TensorFlow.js saves and loads (${Object.keys(SLOTS).join(', ')})`,
    optimizer.getClassName(),
  );
  const losses = named(loss, (one) => {
    checkType(
      typeof one === 'string',
      `${fn}: loss must be given to compile by its name for the optimizer to be saved, for stock TensorFlow.js cannot save a function`,
      one,
    );
    return words(one);
  });
  const known = (one: unknown): string => {
    checkType(
      typeof one === 'string',
      `${fn}: metrics must be given to compile by their names for the optimizer to be saved, for stock TensorFlow.js cannot save a function`,
      one,
    );
    return one;
  };
  // Stock reads a list for one output as it is, and everything else in snake case.
  const written = named(metrics ?? [], known);
  const measured = Array.isArray(written)
    ? written.map(words)
    : typeof written === 'string'
      ? [words(written)]
      : Object.fromEntries(
          Object.entries(written).map(([output, one]) => [output, Array.isArray(one) ? one : words(one)]),
        );
  return {
    loss: losses,
    metrics: measured,
    optimizer_config: { class_name: optimizer.getClassName(), config: optimizer.getConfig() },
  } as unknown as tf.io.TrainingConfig;
}

/**
 * Why the moments of a raw weight are not those of the weight that is saved, by raw variable. They are where the
 * gradient of every entry passes whole or not at all, as under masks and quantizers.
 */
export async function unmappable(views: Iterable<WeightView>): Promise<Map<LayerVariableLike, string>> {
  const reasons = new Map<LayerVariableLike, string>();
  for (const view of views) {
    if (view.stages.some(({ variables }) => Object.keys(variables).length > 0)) {
      reasons.set(view.raw, 'its parametrization trains other variables in its place');
      continue;
    }
    const forward = (w: tf.Tensor): tf.Tensor => view.stages.reduce((value, stage) => stage.forward(value, {}), w);
    const passes = await passesGradient(forward, view.raw.read());
    if (!passes) reasons.set(view.raw, 'its parametrization changes gradients, not by a mask alone');
  }
  return reasons;
}

/** The tensors of an optimizer's state, without the count of its steps. Borrowed. */
export async function slotsOf(fn: string, { optimizer }: Compiled): Promise<tf.Tensor[]> {
  const [steps, ...slots] = await optimizer!.getWeights().catch((cause: Error) => {
    throw new Error(`${fn}: optimizer must have a state that can be saved, got ${cause.message}`, { cause });
  });
  steps?.tensor.dispose();
  return slots.map(({ tensor }) => tensor);
}

/** An optimizer's tensors for the file. */
export interface OptimizerState {
  /** In the order in which stock reads them. */
  tensors: NamedTensor[];
  /** Weights whose tensors begin anew, and why. */
  zeroed: { weight: FileWeight; reason: string }[];
  /** Those of the tensors that were made for this. */
  made: tf.Tensor[];
}

/**
 * The state of a model's optimizer in stock's form, for the weights that the loaded model will train. Waits for nothing.
 *
 * @param fn - the function that asks
 * @param model - a compiled model
 * @param slots - its optimizer's tensors
 * @param trained - what the loaded model will train
 * @param reasons - of weights whose tensors are not the saved weight's
 */
export function optimizerState(
  fn: string,
  model: Compiled,
  slots: readonly tf.Tensor[],
  trained: readonly FileWeight[],
  reasons: ReadonlyMap<LayerVariableLike, string>,
): OptimizerState {
  const optimizer = model.optimizer!;
  const kinds = slotNames(model);
  const stepped = steppedBy(model);
  const each = kinds.length === 0 ? 0 : slots.length / kinds.length;
  const fits = slots.every(
    ({ shape }, i) => each === stepped.length && tf.util.arraysEqual(shape, stepped[i % each]!.shape as number[]),
  );
  if (!fits)
    throw new Error(
      `${fn}: optimizer must have stepped the weights that its model was compiled with, got another state; compile again with a new optimizer`,
    );
  const places = new Map(stepped.map((variable, i) => [variable, i]));
  const whyNot = (variable: LayerVariableLike): string | undefined => {
    const i = places.get(variable);
    if (i === undefined) return 'the optimizer has not stepped it';
    const next = stepped[i + 1];
    return (
      reasons.get(variable) ??
      (next && isExtra(next)
        ? 'its parametrization trained other variables in its place when the model was compiled'
        : undefined)
    );
  };
  const made: tf.Tensor[] = [];
  const make = (tensor: tf.Tensor): tf.Tensor => {
    made.push(tensor);
    return tensor;
  };
  const tensors: NamedTensor[] = [{ name: 'iter', tensor: make(tf.scalar(optimizer.iterations, 'int32')) }];
  if (slots.length === 0) return { tensors, zeroed: [], made };
  const empty = optimizer.initialAccumulatorValue ?? 0;
  const zeroed = trained.flatMap((weight) => {
    const reason = whyNot(weight.variable);
    return reason === undefined ? [] : [{ weight, reason }];
  });
  const without = new Set(zeroed.map(({ weight }) => weight));
  for (const [k, kind] of kinds.entries())
    for (const weight of trained)
      tensors.push({
        name: `${weight.name}/${kind}`,
        tensor: without.has(weight)
          ? make(tf.fill(weight.variable.shape as number[], empty))
          : slots[k * each + places.get(weight.variable)!]!,
      });
  return { tensors, zeroed, made };
}
