import { openCheckpoint } from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { select } from '../../src/files/select.ts';
import { bytesOption, shardOption } from '../../src/program/values.ts';

it('shards are all tensors once, in order, and of about the same bytes', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 6 }), async (list, of) => {
      const weightSpecs = list.map((size, i) => ({ name: `w${i}`, shape: [size], dtype: 'float32' }));
      const total = list.reduce((sum, size) => sum + size, 0);
      const checkpoint = await openCheckpoint({ weightSpecs, weightData: new Float32Array(total).buffer });
      const parts = Array.from({ length: of }, (_, i) => select(checkpoint, { shard: { part: i + 1, of } }).tensors);
      expect(parts.flat().map(({ name }) => name)).toEqual(checkpoint.tensors.map(({ name }) => name));
      // A tensor goes whole to where its middle is, so that a part is over by two halves at most.
      const largest = Math.max(...list) * 4;
      for (const part of parts)
        expect(part.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(
          (total * 4) / of + largest,
        );
    }),
  );
});

it('bytes and shards are read as people write them', () => {
  expect(['1', '4mib', '512mb', '5e9', '1.5kb', '2 GiB'].map(bytesOption)).toEqual([
    1,
    4 * 2 ** 20,
    512e6,
    5e9,
    1500,
    2 ** 31,
  ]);
  for (const bad of ['', '0', '-1', 'mb', '1.5', '1tb', '1e99x'])
    expect(() => bytesOption(bad), bad).toThrow('It must be bytes');
  expect(shardOption('2/4')).toEqual({ part: 2, of: 4 });
  for (const bad of ['', '0/1', '2/1', '1', '1/', 'a/b']) expect(() => shardOption(bad), bad).toThrow('i/n');
});
