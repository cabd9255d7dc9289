/**
 * Values of a row-major array with its axes in another order, as numpy's `transpose`.
 *
 * @param values - as many as `shape` has
 * @param shape - sizes before
 * @param order - which axis of before stands at each place of after, each once
 * @returns new values, row-major in the new order
 */
export function permuteAxes(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const [sizes, steps] = [order.map((axis) => shape[axis]!), order.map((axis) => strides[axis]!)];
  const out = new Float32Array(values.length);
  const place = sizes.map(() => 0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = values[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      place[axis] = 0;
    }
  }
  return out;
}

/** The order that takes a permutation back. */
export const inverseOrder = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));
