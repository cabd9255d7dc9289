import type { BlockPlan } from './block-plan.ts';

const { fround } = Math;

/** The code of each value divided by its block's scale, in float32. */
export function encodeScaled<C extends Int8Array | Uint8Array>(
  values: Float32Array,
  codes: C,
  scales: Float32Array,
  { base, column }: BlockPlan,
  encode: (x: number) => number,
): C {
  let i = 0;
  for (let r = 0; r < base.length; r++) {
    const first = base[r]!;
    for (let j = 0; j < column.length; j++, i++) codes[i] = encode(fround(values[i]! / scales[first + column[j]!]!));
  }
  return codes;
}
