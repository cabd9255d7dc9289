import { permutation, randomKey } from '@weightkit/numerics';
import { accuracyOf, classesOf, type Examples, type FitRule, linearFit, scoresOf } from './linear-fit.ts';

/** How well a probe does on examples that it was not fitted to. */
export interface Validation {
  /** The mean share of right classes over the folds. */
  accuracy: number;
  /** The standard error of that mean. */
  error: number;
}

/** The fold of each example: a random one of the seed, with the classes spread over the folds. */
export function foldsOf(classes: readonly number[], folds: number, seed: number): Uint32Array {
  const order = Array.from(permutation(classes.length, randomKey(seed)));
  order.sort((a, b) => classes[a]! - classes[b]!);
  const result = new Uint32Array(classes.length);
  for (const [i, example] of order.entries()) result[example] = i % folds;
  return result;
}

function part({ x, y, inputs, outputs }: Examples, places: readonly number[]): Examples {
  const pick = (values: Float64Array, cols: number): Float64Array => {
    const result = new Float64Array(places.length * cols);
    for (const [i, place] of places.entries()) result.set(values.subarray(place * cols, (place + 1) * cols), i * cols);
    return result;
  };
  return { x: pick(x, inputs), y: pick(y, outputs), rows: places.length, inputs, outputs };
}

/** Features divided by one number, so that their entries have a variance of 1 in the mean and one penalty fits all layers. */
export function scaled(x: Float64Array, rows: number, inputs: number): Float64Array {
  const means = new Float64Array(inputs);
  for (let i = 0; i < x.length; i++) means[i % inputs]! += x[i]! / rows;
  let square = 0;
  for (let i = 0; i < x.length; i++) square += (x[i]! - means[i % inputs]!) ** 2;
  const deviation = Math.sqrt(square / x.length);
  return deviation > 0 ? x.map((value) => value / deviation) : x;
}

/** Fits to all folds but one, for each, and counts what is right in that one. */
export function crossValidate(fn: string, examples: Examples, rule: FitRule, folds: number, seed: number): Validation {
  const fold = foldsOf(classesOf(examples.y, examples.outputs), folds, seed);
  const places = Array.from(fold.keys());
  const shares = Array.from({ length: folds }, (_, k) => {
    const fit = linearFit(
      fn,
      part(
        examples,
        places.filter((i) => fold[i] !== k),
      ),
      rule,
    );
    const test = part(
      examples,
      places.filter((i) => fold[i] === k),
    );
    return accuracyOf(scoresOf(test.x, fit, test), test.y, test.outputs);
  });
  const accuracy = shares.reduce((sum, share) => sum + share / folds, 0);
  const variance = shares.reduce((sum, share) => sum + (share - accuracy) ** 2 / (folds - 1), 0);
  return { accuracy, error: Math.sqrt(variance / folds) };
}
