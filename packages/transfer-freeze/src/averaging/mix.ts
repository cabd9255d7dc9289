import type { Checkpoint } from '@weightkit/checkpoint';
import { allDone, exclusively, type LayerLike, type Weight, type WeightSource, writeAll } from '@weightkit/core';
import { checkFinite, checkRange, checkType } from '@weightkit/numerics/check';
import { matchNames } from '../transfer/match-names.ts';
import { type Offer, sameShape } from '../transfer/offers.ts';
import { tensorsOf } from '../transfer/source-tensors.ts';

/** What weights can be mixed of. */
export type Ingredient = WeightSource | Checkpoint;

/** An ingredient, what messages call it, and its share. */
export interface Part {
  source: Ingredient;
  name: string;
  share: number;
}

/** What was set. */
export interface Mixed {
  /** How many entries. */
  entries: number;
  /** The Euclidean norm of the difference of each ingredient from what was set. */
  distances: number[];
}

/** A list of ingredients, copied. */
export function ingredientsOf(fn: string, ingredients: readonly Ingredient[]): Ingredient[] {
  checkType(Array.isArray(ingredients), `${fn}: ingredients must be a list of models or checkpoints`, ingredients);
  checkRange(ingredients.length > 0, `${fn}: ingredients must be one or more`, ingredients.length);
  return Array.from(ingredients);
}

/** The tensor of each weight in one ingredient, and what is wrong with it. */
function offersOf(fn: string, { source, name }: Part, weights: readonly Weight[]) {
  const tensors = tensorsOf(fn, source);
  const found = matchNames(
    fn,
    weights,
    tensors,
    tensors.map((tensor) => tensor.name),
  );
  const wrong: string[] = [];
  const offers = found.map((offer, w) => {
    const { path, shape } = weights[w]!;
    if ('reason' in offer) wrong.push(`${name} has no ${path} to take (${offer.reason})`);
    else if (!sameShape(offer.shape!, shape)) wrong.push(`${name} has ${path} as [${offer.shape}], not [${shape}]`);
    return offer as Offer;
  });
  return { offers, wrong };
}

/** Σ shares · weights of all parts, in float64 and rounded once. */
async function sums(
  fn: string,
  weights: readonly Weight[],
  parts: readonly Part[],
  offers: readonly (readonly Offer[])[],
): Promise<{ values: Float32Array[]; distances: number[] }> {
  const values: Float32Array[] = [];
  const squares = parts.map(() => 0);
  for (const [w, { path }] of weights.entries()) {
    const all = await allDone(offers.map((own) => own[w]!.read()));
    for (const [i, one] of all.entries()) checkFinite(fn, parts[i]!.name, path, one);
    const mean = Float32Array.from(all[0]!, (_, k) => all.reduce((sum, one, i) => sum + parts[i]!.share * one[k]!, 0));
    for (const [i, one] of all.entries())
      squares[i] = one.reduce((sum, value, k) => sum + (value - mean[k]!) ** 2, squares[i]!);
    values.push(mean);
  }
  return { values, distances: squares.map(Math.sqrt) };
}

/**
 * Sets weights to a mixture, all or none.
 *
 * @throws RangeError where a part has not every weight in its shape, all of it in one message, or not finite
 */
export function mix(fn: string, model: LayerLike, weights: readonly Weight[], parts: readonly Part[]): Promise<Mixed> {
  return exclusively(fn, weights, async () => {
    const matched = parts.map((part) => offersOf(fn, part, weights));
    const wrong = matched.flatMap((one) => one.wrong);
    checkRange(
      wrong.length === 0,
      `${fn}: what is averaged must have every weight in its shape: ${wrong.join('; ')}`,
      wrong.length,
    );
    const { values, distances } = await sums(
      fn,
      weights,
      parts,
      matched.map(({ offers }) => offers),
    );
    writeAll(fn, model, weights, values);
    return { entries: values.reduce((sum, { length }) => sum + length, 0), distances };
  });
}
