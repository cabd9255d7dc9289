import { fillUniform, randomKey } from '@weightkit/numerics';

/** Data of a golden case: a list, or float64 `uniform * scale + shift` of a stream. */
export type Recipe = { list: number[] } | { seed: number; n: number; scale: number; shift: number };

/** The data of a recipe, the same as `data` in golden/numerics.py. */
export function dataOf(recipe: Recipe): Float64Array {
  if ('list' in recipe) return Float64Array.from(recipe.list);
  const { seed, n, scale, shift } = recipe;
  return Float64Array.from(fillUniform(new Float32Array(n), randomKey(seed)), (u) => u * scale + shift);
}
