import type * as tf from '@tensorflow/tfjs-core';
import type { ModelLike } from '@weightkit/core';

/** How outputs of the head on features compare with those of the whole model. */
export interface Exactness {
  /** Examples that were compared. */
  examples: number;
  /** The largest difference of an output. */
  difference: number;
  /** Whether all outputs are the same, bit by bit. */
  bitExact: boolean;
}

/** What rounding may do to outputs, as a part of the largest of them; another body or head differs by far more. */
const ROUNDING = 2 ** -12;

async function outputsOf(model: ModelLike, inputs: tf.Tensor[]): Promise<Float32Array[]> {
  const outputs = [model.predictOnBatch(inputs.length === 1 ? inputs[0]! : inputs)].flat();
  try {
    return await Promise.all(outputs.map(async (one) => Float32Array.from(await one.data())));
  } finally {
    for (const one of outputs) one.dispose();
  }
}

/**
 * Compares the head on features with the whole model.
 *
 * @param before - what was found on other examples
 * @throws Error where they differ by more than rounding
 */
export async function differenceOf(
  fn: string,
  { model, head }: { model: ModelLike; head: ModelLike },
  inputs: tf.Tensor[],
  features: tf.Tensor,
  before: Exactness | null,
): Promise<Exactness> {
  const [whole, parts] = [await outputsOf(model, inputs), await outputsOf(head, [features])];
  let difference = 0;
  let largest = 0;
  for (const [i, values] of whole.entries())
    for (const [k, value] of values.entries()) {
      const other = parts[i]![k]!;
      largest = Math.max(largest, Math.abs(value));
      if (!Object.is(value, other) && value !== other) difference = Math.max(difference, Math.abs(value - other));
      if (Number.isNaN(value) !== Number.isNaN(other)) difference = Number.POSITIVE_INFINITY;
    }
  if (difference > ROUNDING * largest)
    throw new Error(
      `${fn}: head on features must give what the whole model gives, got a difference of ${difference} (features of another code? use another store)`,
    );
  return {
    examples: (before?.examples ?? 0) + features.shape[0]!,
    difference: Math.max(before?.difference ?? 0, difference),
    bitExact: (before?.bitExact ?? true) && difference === 0,
  };
}
