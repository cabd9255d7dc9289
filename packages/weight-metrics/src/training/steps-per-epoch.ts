/**
 * How many steps an epoch will have.
 *
 * @param params - what TensorFlow.js tells callbacks of the training: `fit` examples and batch size, `fitDataset` the steps if it can
 * @returns the steps; 0 when they are not known
 */
export function stepsPerEpoch(params: unknown): number {
  const { steps, samples, batchSize } = Object(params) as Record<string, number | null | undefined>;
  const length = steps ?? Math.ceil((samples ?? 0) / (batchSize ?? 0));
  return Number.isSafeInteger(length) ? length : 0;
}
