/** Distinct values in (-1, 1), exact in float32; `spread` of golden/transfer_freeze.py. */
export function spread(size: number, stride: number): number[] {
  return Array.from(
    { length: size },
    (_, i) => (Math.floor(((((i * stride) % size) + 1) / size) * 256) / 256) * (i % 2 === 0 ? 1 : -1),
  );
}
