import { expect, it } from 'vitest';
import { computedTensor, openCheckpoint, plainCodec, writeCheckpoint } from '../../src/index.ts';

/** What `readFileSync` gives for a small file: a view into Node's pool, at an odd place. */
function pooled(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 64, 7);
  pool.set(bytes, 13);
  return pool.subarray(13, 13 + bytes.length);
}

const artifacts = {
  weightSpecs: [
    { name: 'flag', shape: [3], dtype: 'bool' as const },
    { name: 'a', shape: [2, 3], dtype: 'float32' as const },
  ],
  weightData: Uint8Array.from([1, 0, 1, ...new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer)]).buffer,
};

async function written(format: 'tfjs' | 'safetensors' | 'npz' | 'compact'): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint(await openCheckpoint(artifacts), files, { format });
  return files;
}

it.each(['tfjs', 'safetensors', 'npz', 'compact'] as const)(
  'a Buffer of %s is read as bytes are, twice, and stays as it is',
  async (format) => {
    const files = await written(format);
    const buffers = new Map([...files].map(([name, bytes]) => [name, pooled(bytes)]));
    const checkpoint = await openCheckpoint(buffers.size === 1 ? [...buffers.values()][0]! : buffers);
    for (let time = 0; time < 2; time++) {
      const values = await Promise.all(
        checkpoint.tensors.map(async ({ name, values }) => [name, [...((await values()) as Float32Array)]]),
      );
      expect(Object.fromEntries(values)).toEqual({ flag: [1, 0, 1], a: [0, 1, 2, 3, 4, 5] });
    }
    // What bytes() gives is the caller's own.
    const raw = await checkpoint.tensors[0]!.bytes();
    raw.fill(255);
    for (const [name, bytes] of files) expect(Uint8Array.from(buffers.get(name)!)).toEqual(bytes);
  },
);

it('a Buffer of numpy in the order of Fortran and of big-endian numbers is read twice, and stays as it is', async () => {
  const header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }".padEnd(117, ' ');
  const data = Buffer.alloc(24);
  for (const [i, value] of [0, 3, 1, 4, 2, 5].entries()) data.writeFloatBE(value, 4 * i);
  const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1');
  const file = pooled(Buffer.concat([head, data]));
  const before = Uint8Array.from(file);
  const checkpoint = await openCheckpoint(file);
  for (let time = 0; time < 2; time++)
    expect([...((await checkpoint.tensors[0]!.values()) as Float32Array)]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(Uint8Array.from(file)).toEqual(before);
});

it('what a stream gives as Buffers that it uses again is copied where it is kept', async () => {
  const one = Buffer.alloc(6);
  const tensor = computedTensor({
    name: 'a',
    shape: [3],
    dtype: 'float32',
    codec: plainCodec('float32'),
    byteLength: 12,
    async *stream() {
      const bytes = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
      for (const at of [0, 6]) {
        one.set(bytes.subarray(at, at + 6));
        yield one;
      }
    },
  });
  const files = new Map<string, Uint8Array>();
  await writeCheckpoint({ format: 'npy', tensors: [tensor], extras: {}, close: async () => {} }, files, {
    format: 'npy',
  });
  const again = await openCheckpoint([...files.values()][0]!);
  expect([...((await again.tensors[0]!.values()) as Float32Array)]).toEqual([1, 2, 3]);
  const pieces: number[] = [];
  for await (const values of tensor.chunks(2)) pieces.push(...(values as Float32Array));
  expect(pieces).toEqual([1, 2, 3]);
});
