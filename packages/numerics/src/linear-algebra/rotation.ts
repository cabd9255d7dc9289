/** What {@link rotate} found; one object, since it is made for every step of an iteration. */
export const rotation = { c: 1, s: 0, r: 0 };

/** The plane rotation with c f + s g = r and c g - s f = 0, into {@link rotation}; r is Infinity where it is above all numbers. */
export function rotate(f: number, g: number): void {
  let square = f * f + g * g;
  let scale = 1;
  // A square that has lost digits or is above all numbers. The negation is true of a NaN too, which stays one.
  if (!(square >= 1e-280 && square <= 1e280)) {
    scale = Math.max(Math.abs(f), Math.abs(g));
    if (scale > 0) square = (f / scale) ** 2 + (g / scale) ** 2;
  }
  const root = Math.sqrt(square);
  rotation.r = scale * root;
  // By the scaled entries: where r is subnormal it has lost digits, and c and s by it would not be a rotation.
  rotation.c = root === 0 ? 1 : f / scale / root;
  rotation.s = root === 0 ? 0 : g / scale / root;
}
