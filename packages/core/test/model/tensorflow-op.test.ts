import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tensorflowOp } from '../../src/index.ts';

/** What an operation gives on tfjs-node; null elsewhere. */
async function run(...args: Parameters<typeof tensorflowOp>): Promise<number[] | null> {
  const result = tensorflowOp(...args);
  tf.dispose([...args[1]]);
  const values = result && Array.from(await result.data());
  result?.dispose();
  return values;
}

const onNode = (values: number[]) => (tf.getBackend() === 'tensorflow' ? values : null);

describe('tensorflowOp', () => {
  it('tensorflowOp runs the operations that it knows on tfjs-node, and is null elsewhere', async () => {
    const { numTensors } = tf.memory();
    const rows = tf.tensor2d([
      [3, 4, 0],
      [0, -5, 12],
    ]);
    expect(await run('EuclideanNorm', [rows, tf.tensor1d([1], 'int32')])).toEqual(onNode([5, 13]));
    const numbers = { min: 0, max: 255, num_bits: 8 };
    expect(await run('FakeQuantWithMinMaxArgs', [tf.tensor1d([-1, 0.4, 7.6, 300])], numbers)).toEqual(
      onNode([0, 0, 8, 255]),
    );
    const x = tf.tensor1d([-2, Number.NaN, Number.POSITIVE_INFINITY, 3]);
    expect(await run('MulNoNan', [x, tf.tensor1d([0, 0, 0, 1])])).toEqual(onNode([0, 0, 0, 3]));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('tensorflowOp refuses other operations, inputs and numbers', () => {
    const [x, i] = [tf.ones([2]), tf.tensor1d([0], 'int32')];
    const wrong =
      (...args: unknown[]) =>
      () =>
        tensorflowOp(...(args as Parameters<typeof tensorflowOp>));
    expect(wrong('Mul', [x, x])).toThrow(
      'tensorflowOp: name must be one of EuclideanNorm, FakeQuantWithMinMaxArgs, MulNoNan',
    );
    expect(wrong('MulNoNan', [x])).toThrow('tensorflowOp: inputs must be a list of 2 tensors');
    expect(wrong('MulNoNan', [x, i])).toThrow('tensorflowOp: inputs[1] must be a tensor of float32, got "int32"');
    expect(wrong('MulNoNan', [x, x], { min: 1 })).toThrow('tensorflowOp: numbers must be');
    expect(wrong('FakeQuantWithMinMaxArgs', [x], { min: 0, max: 1 })).toThrow(
      'tensorflowOp: num_bits must be a finite number, got undefined',
    );
    tf.dispose([x, i]);
  });
});
