/** The part of row-major values that stays. */
export function sliced<T extends Float32Array | Uint8Array>(
  values: T,
  shape: readonly number[],
  kept: readonly (Int32Array | null)[],
): T {
  const Entries = values.constructor as new (count: number) => T;
  let from = values;
  const sizes = [...shape];
  for (const [axis, indices] of kept.entries()) {
    if (indices === null) continue;
    const inner = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
    const outer = sizes.slice(0, axis).reduce((a, b) => a * b, 1);
    const to = new Entries(outer * indices.length * inner);
    for (let o = 0; o < outer; o++)
      for (const [i, index] of indices.entries()) {
        const start = (o * sizes[axis]! + index) * inner;
        to.set(from.subarray(start, start + inner), (o * indices.length + i) * inner);
      }
    from = to;
    sizes[axis] = indices.length;
  }
  return from;
}
