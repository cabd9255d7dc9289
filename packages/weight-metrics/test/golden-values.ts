/** What golden/weight_metrics.py made a weight from. */
export interface GoldenWeight {
  shape: number[];
  seed: number;
  scale: number;
  zero: number;
}

/** The entries that golden/weight_metrics.py computes, by the same operations in the same order. */
export function goldenValues({ shape, seed, scale, zero }: GoldenWeight): Float32Array {
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => {
    const u = ((i * 7919 + 104729 * seed) % 2003) / 1001 - 1;
    return i % zero === 0 ? 0 : Math.sign(u) * u * u * scale;
  });
}

/** The largest relative error that float64 sums of n terms may show against another order of summation. */
export const float64Error = (n: number): number => n * 2 ** -52;
