import * as tf from '@tensorflow/tfjs';
import { haarOrthogonal, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { conditionNumber } from '../../src/spectral/condition-number.ts';
import { conditionNumberOf } from '../../src/spectral/of-singular-values.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

describe('conditionNumber', () => {
  it.each(golden.cases)('conditionNumber(w) equals numpy.linalg.cond: $call', async ({ weight, summary }) => {
    // σmin is off by a small multiple of 45 eps σ1, which is that times the condition number of σmin.
    const tolerance = 200 * 2 ** -52 * summary.conditionNumber;
    expect(Math.abs((await conditionNumber(goldenTensor(weight))) / summary.conditionNumber - 1)).toBeLessThan(
      tolerance,
    );
  });

  it('conditionNumber(Q) of an orthogonal matrix is 1 up to the rounding of its entries', async () => {
    const q = tf.tensor2d(Float32Array.from(haarOrthogonal(12, 12, randomKey(3))), [12, 12]);
    // ‖Q - float32(Q)‖ ≤ ‖.‖F ≤ 2^-24 ‖Q‖F = 2^-24 √12, on both σ1 and σmin.
    expect(Math.abs((await conditionNumber(q)) - 1)).toBeLessThan(2.1 * 2 ** -24 * Math.sqrt(12));
  });

  it('conditionNumber(singular) is Infinity, also when rounding hides the 0', async () => {
    expect(await conditionNumber(tf.diag(tf.tensor1d([1, 0])))).toBe(Number.POSITIVE_INFINITY);
    expect(
      await conditionNumber(
        tf.tensor2d([
          [0.1, 0.2, 0.3],
          [0.4, 0.5, 0.6],
          [0.2, 0.4, 0.6],
        ]),
      ),
    ).toBe(Number.POSITIVE_INFINITY);
    expect(await conditionNumber(tf.zeros([2, 3]))).toBe(Number.POSITIVE_INFINITY);
  });

  it('conditionNumberOf(σ) puts the border of singular at σ1 max(rows, cols) 2^-52', () => {
    const shape = { rows: 8, cols: 2 };
    expect(conditionNumberOf(Float64Array.of(1, 2 ** -49), shape)).toBe(Number.POSITIVE_INFINITY);
    expect(conditionNumberOf(Float64Array.of(1, 2 ** -48), shape)).toBe(2 ** 48);
  });

  it('conditionNumber(w) names itself and the index when it refuses', async () => {
    await expect(conditionNumber(tf.tensor2d([[1, Number.POSITIVE_INFINITY]]))).rejects.toThrow(
      new RangeError('conditionNumber: entries must be finite, got Infinity at w[1]'),
    );
  });
});
