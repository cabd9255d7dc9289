import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK, BLOCKS, BlockSample, blockBegin, type SizeCount } from '../../src/files/block-sample.ts';

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}

/** Notes the first and last byte of each block in place of compressing it; a block's sizes are its sum and its length. */
function noting(seen: number[][]): () => SizeCount {
  return () => {
    let sizes = [0, 0];
    return {
      add: async (bytes) => {
        seen.push([bytes[0]!, bytes.at(-1)!]);
        sizes = [sumOf(bytes), bytes.length];
      },
      end: async () => sizes,
    };
  };
}

describe('BlockSample', () => {
  it('takes the blocks that a file on disk is read at, however the bytes are cut', async () => {
    const total = 70 * BLOCK + 12_345;
    // Each byte tells which block it is of.
    const all = new Uint8Array(total);
    for (let i = 0; i * BLOCK < total; i++) all.fill(i, i * BLOCK, (i + 1) * BLOCK);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 5000, max: 3 * BLOCK }), { minLength: 1 }), async (cuts) => {
        const seen: number[][] = [];
        const sample = new BlockSample(total, noting(seen));
        for (let at = 0, i = 0; at < total; i++) {
          const piece = all.subarray(at, at + cuts[i % cuts.length]!);
          await sample.pass(piece);
          at += piece.length;
        }
        const begins = Array.from({ length: BLOCKS }, (_, i) => blockBegin(i, total));
        expect(seen).toEqual(begins.map((begin) => [all[begin], all[begin + BLOCK - 1]]));
        expect(sample.estimate()[1]).toBe(total);
      }),
      { numRuns: 5 },
    );
  });

  it('stays even where more passes than was said', async () => {
    const sample = new BlockSample(BLOCKS * BLOCK, noting([]));
    // The first quarter is 0 and the others are 1: an estimate from the beginning alone would be 0.
    for (let i = 0; i < 4 * BLOCKS; i++) await sample.pass(new Uint8Array(BLOCK).fill(i < BLOCKS ? 0 : 1));
    const [ones, all] = sample.estimate();
    expect(all).toBe(4 * BLOCKS * BLOCK);
    // 64 blocks of 256, every fourth from the first on: 16 of them in the first quarter.
    expect(ones).toBe(3 * BLOCKS * BLOCK);
  });
});
