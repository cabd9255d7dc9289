import { describe, expect, it } from 'vitest';
import { formQReference, qrReference } from '../../src/linear-algebra/householder-qr.ts';
import { householder } from '../../src/linear-algebra/reflect.ts';
import { worst } from '../both.ts';
import { columnDefect, multiply, normalMatrix } from '../matrices.ts';

describe('householder', () => {
  it('householder(x, n) makes a reflection that sends x to (beta, 0, ...), at any scale', () => {
    for (const scale of [1, 1e-200, 1e-150, 1e100]) {
      const x = Float64Array.of(3, -4, 12).map((v) => v * scale);
      const v = x.slice();
      const [beta, tau] = householder(v, 3);
      const along = v.reduce((sum, value, i) => sum + value * x[i]!, 0);
      const image = x.map((value, i) => value - tau * along * v[i]!);
      expect(
        worst(
          image.map((value) => value / scale),
          [-13, 0, 0],
          () => 1e-14,
        ),
      ).toBeLessThan(1);
      expect(Math.abs(beta / scale + 13)).toBeLessThan(1e-14);
    }
  });
  it('householder(x, n) is the identity for x that is already (beta, 0, ...)', () => {
    expect(householder(Float64Array.of(-2, 0), 2)).toEqual([-2, 0]);
    expect(householder(Float64Array.of(0, 0), 2)).toEqual([0, 0]);
  });
});

describe('qrReference', () => {
  it('qrReference(a) and formQReference(a, taus, signs) give A = Q R with orthonormal Q', () => {
    for (const [rows, cols] of [
      [6, 6],
      [9, 4],
      [5, 1],
    ] as const) {
      const a = normalMatrix(rows, cols, rows);
      const data = a.slice();
      const taus = qrReference({ data, rows, cols });
      const r = Float64Array.from({ length: cols * cols }, (_, p) => (p % cols >= Math.floor(p / cols) ? data[p]! : 0));
      formQReference({ data, rows, cols }, taus, new Float64Array(cols).fill(1));
      expect(columnDefect(data, rows, cols)).toBeLessThan(1e-14);
      expect(worst(multiply(data, r, rows, cols, cols), a, () => 1e-14)).toBeLessThan(1);
    }
  });
});
