import { checkType } from '../check.ts';

/**
 * The nearest integer, halves to the even one, as IEEE 754 `roundTiesToEven` and `numpy.rint`: 0.5 gives 0, 1.5 and 2.5 give
 * 2, -0.4 gives -0; NaN and the infinities give themselves.
 *
 * @throws TypeError unless x is a number
 */
export function roundHalfEven(x: number): number {
  checkType(typeof x === 'number', 'roundHalfEven: x must be a number', x);
  const a = Math.abs(x);
  if (!(a < 2 ** 52)) return x;
  const rounded = a + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}
