import { checkRange } from '@weightkit/numerics/check';

/** Throws unless a shape is that of a convolution's kernel, `[...window, in, out]` with a window of 1 to 3 axes. */
export function checkConvolution(law: string, shape: readonly number[]): void {
  checkRange(
    shape.length >= 3 && shape.length <= 5,
    `${law}: shape must be a convolution's [...window, in, out] of rank 3, 4 or 5`,
    shape,
  );
}

/** Where the [in, out] matrix at a place of the window begins, `at(size)` being that place along an axis of that size. */
export function offsetOf(shape: readonly number[], at: (size: number) => number): number {
  const window = shape.slice(0, -2);
  const place = window.reduce((index, size) => index * size + at(size), 0);
  return place * shape.at(-2)! * shape.at(-1)!;
}
