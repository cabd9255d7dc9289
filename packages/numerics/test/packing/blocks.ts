import fc from 'fast-check';

/** The block of an entry, axis by axis: no rows, no merged axes. */
export function blockOf(place: number, shape: readonly number[], block: readonly number[]): number {
  let [rest, number, step] = [place, 0, 1];
  for (let a = shape.length - 1; a >= 0; a--) {
    number += Math.floor((rest % shape[a]!) / block[a]!) * step;
    step *= Math.ceil(shape[a]! / block[a]!);
    rest = Math.floor(rest / shape[a]!);
  }
  return number;
}

/** Shapes and edges of blocks. */
export const cut = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })), { maxLength: 4 })
  .map((axes) => ({ shape: axes.map(([n]) => n), block: axes.map(([, edge]) => edge) }));
