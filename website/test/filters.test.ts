import { describe, expect, it } from 'vitest';
import { filtersOf } from '../src/your-model/filters.ts';

const numbered = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
const shapeOf = (shape: readonly number[], sidesFirst: boolean) => filtersOf(shape, numbered(shape), sidesFirst)?.shape;

describe('filtersOf(shape, values, sidesFirst)', () => {
  it('has kernels of PyTorch and of TensorFlow.js as the same pictures', () => {
    // Filters, channels, height, width; and the same weights with the sides first, moved by hand.
    const [filters, channels, high, wide] = [4, 3, 5, 5];
    const torch = numbered([filters, channels, high, wide]);
    const moved = new Float32Array(torch.length);
    for (let f = 0; f < filters; f++)
      for (let c = 0; c < channels; c++)
        for (let y = 0; y < high; y++)
          for (let x = 0; x < wide; x++)
            moved[((y * wide + x) * channels + c) * filters + f] = ((f * channels + c) * high + y) * wide + x;
    const one = filtersOf([filters, channels, high, wide], torch, false)!;
    expect(one.shape).toEqual([high, wide, channels, filters]);
    expect(one.values).toEqual(moved);
    expect(filtersOf([high, wide, channels, filters], moved, true)).toEqual(one);
    expect(one.color).toBe('rgb');
  });

  it('goes by the sides that are alike, and by the format where all are', () => {
    expect(shapeOf([3, 3, 16, 32], false)).toEqual([3, 3, 16, 32]);
    expect(shapeOf([32, 16, 3, 3], true)).toEqual([3, 3, 16, 32]);
    const all = numbered([3, 3, 3, 3]);
    expect(filtersOf([3, 3, 3, 3], all, true)!.values).toEqual(all);
    expect(filtersOf([3, 3, 3, 3], all, false)!.values).not.toEqual(all);
  });

  it('draws each channel of a depthwise kernel, and nothing of what has no filters with sides', () => {
    expect(filtersOf([3, 3, 8, 1], numbered([3, 3, 8, 1]), true)).toEqual({
      values: numbered([3, 3, 8, 1]),
      shape: [3, 3, 1, 8],
      color: 'gray',
    });
    for (const shape of [[3, 3], [3, 3, 3], [1, 1, 3, 8], [2, 4, 8, 16], [0, 0, 3, 8], [128, 128, 3, 8], []])
      expect(shapeOf(shape, true), shape.join()).toBeUndefined();
  });
});
