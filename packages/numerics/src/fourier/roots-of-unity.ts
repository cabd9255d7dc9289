import type { Complex } from './complex.ts';

/** cos and -sin of 2 pi k / n for k in the first quarter, each angle taken from the first eighth of the circle. */
function quarterRoot(n: number, k: number): [number, number] {
  const second = 8 * k > n;
  const angle = (Math.PI / 4) * ((second ? 2 * n - 8 * k : 8 * k) / n);
  return second ? [Math.sin(angle), -Math.cos(angle)] : [Math.cos(angle), -Math.sin(angle)];
}

/** exp(-2 pi i k / n) for k from 0 to n - 1, within a unit in the last place. */
export function rootsOfUnity(n: number): Complex {
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  // In units of a quarter of 1 / n, so that no length leaves a rest.
  for (let k = 0; k < n; k++) {
    const quarter = Math.floor((4 * k) / n);
    const rest = 4 * k - quarter * n;
    const known = n % 4 === 0 && quarter > 0;
    const [x, y] = known ? [re[k - (quarter * n) / 4]!, im[k - (quarter * n) / 4]!] : quarterRoot(4 * n, rest);
    // Each quarter turn is a factor of -i.
    re[k] = quarter === 0 ? x : quarter === 1 ? y : quarter === 2 ? -x : -y;
    im[k] = quarter === 0 ? y : quarter === 1 ? -x : quarter === 2 ? -y : x;
  }
  return { re, im };
}
