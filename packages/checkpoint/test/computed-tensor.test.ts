import { type CheckpointTensor, computedTensor, plainCodec } from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** A float32 tensor of given numbers whose bytes come in pieces of given lengths, over and over, all in one buffer. */
function inPieces(numbers: Float32Array, lengths: readonly number[]): CheckpointTensor {
  const bytes = new Uint8Array(numbers.buffer);
  return computedTensor({
    name: 'a',
    shape: [numbers.length],
    dtype: 'float32',
    codec: plainCodec('float32'),
    byteLength: bytes.length,
    async *stream() {
      const room = new Uint8Array(Math.max(...lengths));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const piece = bytes.subarray(at, at + lengths[i % lengths.length]!);
        room.set(piece);
        yield room.subarray(0, piece.length);
        at += piece.length;
      }
    },
  });
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

it('chunks and byteChunks of a computed tensor give all of it in order, in pieces of whole numbers, however its bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(60), lengths, fc.integer({ min: 1, max: 20 }), async (size, cuts, count) => {
      const numbers = Float32Array.from({ length: size }, (_, i) => i + 0.5);
      const tensor = inPieces(numbers, cuts);
      const read: number[] = [];
      for await (const piece of tensor.chunks(count)) {
        expect(piece.length).toBeLessThanOrEqual(count);
        read.push(...(piece as Float32Array));
      }
      expect(read).toEqual([...numbers]);
      const bytes: number[] = [];
      for await (const piece of tensor.byteChunks(4 * count)) {
        expect(piece.length).toBeLessThanOrEqual(4 * count);
        expect(piece.length % 4).toBe(0);
        bytes.push(...piece);
      }
      expect(bytes).toEqual([...new Uint8Array(numbers.buffer)]);
      expect(await tensor.values()).toEqual(numbers);
    }),
  );
});

it('byteChunks below the size of a number give no more than was asked for', async () => {
  const tensor = inPieces(Float32Array.of(1, 2, 3), [5]);
  const pieces: number[][] = [];
  for await (const piece of tensor.byteChunks(3)) pieces.push([...piece]);
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(3);
  expect(pieces.flat()).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3).buffer)]);
});
