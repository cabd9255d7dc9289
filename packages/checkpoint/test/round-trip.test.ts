import {
  type Checkpoint,
  computedTensor,
  type Dtype,
  openCheckpoint,
  plainCodec,
  writeCheckpoint,
} from '@weightkit/checkpoint';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DTYPES } from '../src/dtypes.ts';

type Name = Exclude<Dtype, 'string'>;

/** Any tensors: names, shapes, bytes. */
const tensorsOf = (dtypes: readonly Name[]) =>
  fc.uniqueArray(
    fc
      .record({
        name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
        dtype: fc.constantFrom(...dtypes),
        shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      })
      .chain(({ name, dtype, shape }) => {
        const length = Math.ceil((shape.reduce((a, b) => a * b, 1) * DTYPES[dtype].bits) / 8);
        return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ name, dtype, shape, bytes }));
      }),
    { selector: ({ name }) => name, maxLength: 6 },
  );

const checkpointOf = (tensors: { name: string; dtype: Name; shape: number[]; bytes: Uint8Array }[]): Checkpoint => ({
  format: 'safetensors',
  extras: {},
  tensors: tensors.map(({ name, dtype, shape, bytes }) =>
    computedTensor({
      name,
      dtype,
      shape,
      codec: plainCodec(dtype),
      byteLength: bytes.length,
      async *stream() {
        for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3);
      },
    }),
  ),
  close: async () => {},
});

const held = {
  safetensors: (Object.keys(DTYPES) as Name[]).filter((name) => DTYPES[name].bits >= 8),
  tfjs: ['float32', 'int32', 'bool', 'complex64'],
  compact: Object.keys(DTYPES) as Name[],
  npz: ['float32', 'float64', 'int64', 'uint8', 'bool', 'float16', 'complex64'],
} as const satisfies Record<string, readonly Name[]>;

it.each(Object.keys(held) as (keyof typeof held)[])(
  'what writeCheckpoint writes as %s, openCheckpoint reads: names, shapes, dtypes and bytes, cut anywhere',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(tensorsOf(held[format]), fc.integer({ min: 1, max: 40 }), async (tensors, shardBytes) => {
        const files = new Map<string, Uint8Array>();
        const report = await writeCheckpoint(checkpointOf(tensors), files, { format, shardBytes });
        expect(report.bytes).toBe([...files.values()].reduce((sum, { length }) => sum + length, 0));
        const again = await openCheckpoint(files);
        const byName = new Map(again.tensors.map((tensor) => [tensor.name, tensor]));
        expect(byName.size).toBe(tensors.length);
        for (const { name, dtype, shape, bytes } of tensors) {
          const found = byName.get(name)!;
          expect([found.dtype, found.shape]).toEqual([dtype, shape]);
          expect(await found.bytes()).toEqual(Uint8Array.from(bytes));
        }
      }),
      { numRuns: 60 },
    );
  },
);
