/**
 * The 16 values of NF4 (Dettmers et al. 2023, https://arxiv.org/abs/2305.14314): quantiles of the standard normal distribution, eight
 * of the negative half and nine of the other with 0 in both, divided by the largest, as float32.
 */
export const NF4 = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

const MIDDLES = Float64Array.from({ length: 15 }, (_, i) => (NF4[i]! + NF4[i + 1]!) / 2);

/** The index of the nearest value of NF4, the lower one in the middle: four comparisons. */
export function nearestNF4(x: number): number {
  let index = x > MIDDLES[7]! ? 8 : 0;
  if (x > MIDDLES[index + 3]!) index += 4;
  if (x > MIDDLES[index + 1]!) index += 2;
  return x > MIDDLES[index]! ? index + 1 : index;
}
