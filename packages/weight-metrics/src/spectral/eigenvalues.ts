import { singularValues } from '@weightkit/numerics';
import type { Values } from '../values/read-values.ts';

/** λ = σ² of the matrices of a weight by weightwatcher's definitions, descending; the entries must be finite. */
export function eigenvaluesOf(entries: Values, shape: readonly number[]): Float64Array {
  const [rows, cols] = shape.slice(-2) as [number, number];
  const places = entries.length / (rows * cols);
  const factor = shape.length > 2 ? Math.sqrt(places / 2) : 1;
  const least = Math.min(rows, cols);
  const values = new Float64Array(places * least);
  for (let place = 0; place < places; place++) {
    const sigma = singularValues(entries.subarray(place * rows * cols, (place + 1) * rows * cols), { rows, cols });
    values.set(
      sigma.map((value) => (value * factor) ** 2),
      place * least,
    );
  }
  return values.sort().reverse();
}
