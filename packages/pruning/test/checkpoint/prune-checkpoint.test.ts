import { readFileSync } from 'node:fs';
import { type Checkpoint, type CheckpointTensor, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pruneCheckpoint } from '../../src/checkpoint.ts';
import { chooseMasks } from '../../src/masks/choose-masks.ts';

const text = new TextEncoder();

/** A safetensors file: dtype, shape and bytes by name. */
function safetensors(tensors: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
      const begin = end;
      end += bytes.length;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const json = text.encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, json.length, true);
  return Uint8Array.from(
    [length, json, ...Object.values(tensors).map(({ bytes }) => bytes)].flatMap((part) => [...part]),
  );
}

const bytesOf = (values: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer.slice(0));
const stored = (dtype: string, values: { buffer: ArrayBufferLike; length: number }, shape = [1, values.length]) => ({
  dtype,
  shape,
  bytes: bytesOf(values),
});
const open = (arrays: readonly Float32Array[]): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: arrays.map((values, i) => ({ name: `w${i}`, shape: [1, values.length], dtype: 'float32' })),
    weightData: arrays.map((values) => values.slice().buffer),
  });

/** The same tensors, whose bytes come in pieces of at most `values` numbers, whatever piece is asked for. */
const cut = (checkpoint: Checkpoint, values: number): Checkpoint => ({
  ...checkpoint,
  tensors: checkpoint.tensors.map(
    (tensor): CheckpointTensor => ({
      ...tensor,
      byteChunks: (size) => tensor.byteChunks(Math.min(size, 4 * values)),
    }),
  ),
});

const valuesOf = async ({ tensors }: Checkpoint) =>
  (await Promise.all(tensors.map((tensor) => tensor.values()))) as Float32Array[];
const masked = (values: Float32Array, mask: Uint8Array): Float32Array =>
  values.map((value, i) => (mask[i] === 1 ? value : 0));
const zerosIn = (values: Float32Array): number => values.filter((value) => value === 0).length;

describe('pruneCheckpoint', () => {
  it('pruneCheckpoint keeps what a stable sort by numpy keeps', async () => {
    const url = new URL('../../../numerics/test/golden/selection.json', import.meta.url);
    const { cases } = JSON.parse(readFileSync(url, 'utf8')) as {
      cases: { x: number[]; keep: number; magnitude: number[]; kth: number | null }[];
    };
    let compared = 0;
    for (const { x, keep, magnitude, kth } of cases) {
      const values = Float32Array.from(x);
      if (!values.every(Number.isFinite)) continue;
      for (const scope of ['tensor', 'global'] as const) {
        const { checkpoint, report } = await pruneCheckpoint(await open([values]), { count: x.length - keep, scope });
        expect((await valuesOf(checkpoint))[0]).toEqual(masked(values, Uint8Array.from(magnitude)));
        if (kth !== null) expect(report.pruned[0]!.threshold).toBe(kth);
      }
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  const number = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(-0, 2 ** -149, -(2 ** -149), 2 ** -133, 1 + 2 ** -23, 1 + 2 ** -7, 3.4028234663852886e38),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
  );
  const array = fc.array(number, { maxLength: 30 }).map((list) => Float32Array.from(list));
  it.each(['tensor', 'global'] as const)(
    'pruneCheckpoint has the masks of prune, exact counts and true reports, however pieces are cut: %s',
    async (scope) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(array, { minLength: 1, maxLength: 5 }),
          fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          fc.integer({ min: 1, max: 9 }),
          async (arrays, sparsity, piece) => {
            const source = cut(await open(arrays), piece);
            const { checkpoint, report } = await pruneCheckpoint(source, { sparsity, scope });
            const { report: alone } = await pruneCheckpoint(await open(arrays), { sparsity, scope });
            const sizes = arrays.map((values) => values.length);
            const halfEven = (x: number) => {
              const low = Math.floor(x);
              return x - low === 0.5 ? low + (low % 2) : Math.round(x);
            };
            const zeros =
              scope === 'tensor'
                ? sizes.map((n) => halfEven(sparsity * n))
                : halfEven(sparsity * sizes.reduce((a, b) => a + b, 0));
            const masks = chooseMasks(
              arrays.map((values) => values.map(Math.abs)),
              zeros,
            );
            const expected = arrays.map((values, i) => masked(values, masks[i]!));
            expect(await valuesOf(checkpoint)).toEqual(expected);
            expect(report).toEqual(alone);
            expect(report.pruned.map((entry) => entry.zeros)).toEqual(
              arrays.map((values, i) => [zerosIn(values), zerosIn(expected[i]!)]),
            );
            for (const [i, { threshold }] of report.pruned.entries()) {
              const own = scope === 'tensor' ? [i] : arrays.map((_, at) => at);
              const kept = own.flatMap((at) => [...arrays[at]!].filter((_, j) => masks[at]![j] === 1).map(Math.abs));
              expect(threshold).toBe(kept.length === 0 ? null : Math.min(...kept));
            }
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it('pruneCheckpoint prunes all entries by count, none by 0, and reports totals', async () => {
    const source = await open([Float32Array.of(1, 2), Float32Array.of(0, 3, 4)]);
    const all = await pruneCheckpoint(source, { count: 5, scope: 'global' });
    expect(await valuesOf(all.checkpoint)).toEqual([new Float32Array(2), new Float32Array(3)]);
    expect(all.report).toMatchObject({ parameters: 5, zeros: [1, 5], skipped: [] });
    expect(all.report.pruned[0]).toEqual({ name: 'w0', parameters: 2, zeros: [0, 2], threshold: null });
    const none = await pruneCheckpoint(source, { sparsity: 0 });
    expect(none.report.zeros).toEqual([1, 1]);
    expect(await valuesOf(none.checkpoint)).toEqual(await valuesOf(source));
  });

  it('pruneCheckpoint compares float16, bfloat16, float32 and float64 with each other and keeps each as stored', async () => {
    // 1 + 2^-30 and 1 + 2^-40 are float64 only: in float32 they would tie with 1.
    const tensors = {
      half: stored('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001)), // 1, -2, 2^-24
      brain: stored('BF16', Uint16Array.of(0x3f80, 0xbf00, 0x8000)), // 1, -0.5, -0
      single: stored('F32', Float32Array.of(-1, 3)),
      double: stored('F64', Float64Array.of(1 + 2 ** -40, -(1 + 2 ** -30), 0.25)),
    };
    const source = await openCheckpoint(new Map([['model.safetensors', safetensors(tensors)]]));
    const names = source.tensors.map(({ name }) => name);
    // Largest first: 3, 2, 1 + 2^-30, 1 + 2^-40, then 1 three times, of which the first is half's.
    const { checkpoint, report } = await pruneCheckpoint(source, { count: 6, scope: 'global' });
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(checkpoint, files, { format: 'safetensors' });
    const again = await openCheckpoint(files);
    const read = async (name: string) => {
      const tensor = again.tensors.find((one) => one.name === name)!;
      return [tensor.dtype, [...(await tensor.bytes())]];
    };
    const bytes = (values: { buffer: ArrayBufferLike }) => [...bytesOf(values)];
    const first = names.filter((name) => ['half', 'brain', 'single'].includes(name))[0]!;
    expect(first).toBe('half');
    expect(await read('half')).toEqual(['float16', bytes(Uint16Array.of(0x3c00, 0xc000, 0))]);
    expect(await read('brain')).toEqual(['bfloat16', bytes(new Uint16Array(3))]);
    expect(await read('single')).toEqual(['float32', bytes(Float32Array.of(0, 3))]);
    expect(await read('double')).toEqual(['float64', bytes(Float64Array.of(1 + 2 ** -40, -(1 + 2 ** -30), 0))]);
    expect(report.pruned[0]!.threshold).toBe(1);
    expect(report.zeros).toEqual([1, 6]);
  });

  it('pruneCheckpoint writes the code of 0 into quantized tensors and float16 ones, and leaves their grid', async () => {
    const quantization = { dtype: 'uint8', scale: 0.5, min: -2 };
    const source = await openCheckpoint({
      weightSpecs: [
        { name: 'a', shape: [1, 4], dtype: 'float32', quantization },
        { name: 'b', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.25, min: -100 } },
        { name: 'c', shape: [1, 2], dtype: 'float32', quantization: { dtype: 'float16' } },
      ],
      weightData: [
        Uint8Array.of(0, 3, 5, 255).buffer, // -2, -0.5, 0.5, 125.5
        Uint16Array.of(0, 399, 404, 65535).buffer, // -100, -0.25, 1, 16283.75
        Uint16Array.of(0x3c00, 0xbc01).buffer,
      ],
    });
    const { checkpoint } = await pruneCheckpoint(source, { sparsity: 0.5 });
    const [a, b, c] = checkpoint.tensors;
    expect([...(await a!.bytes())]).toEqual([0, 4, 4, 255]);
    expect([...((await b!.values()) as Float32Array)]).toEqual([-100, 0, 0, 16283.75]);
    expect(await c!.bytes()).toEqual(bytesOf(Uint16Array.of(0, 0xbc01)));
    expect([a!.encoding, c!.encoding.kind]).toEqual([source.tensors[0]!.encoding, 'float16']);
  });

  it('pruneCheckpoint refuses codes without an exact 0 before it reads, unless a filter leaves them out', async () => {
    const coded = (scale: number, min: number) => ({
      weightSpecs: [
        { name: 'a', shape: [1, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale, min } },
        { name: 'b', shape: [1, 2], dtype: 'float32' },
      ],
      weightData: [Uint8Array.of(0, 255).buffer, Float32Array.of(1, 2).buffer],
    });
    for (const [scale, min] of [
      [1, 1],
      [1, -300],
      [0.3, -0.5],
      [0, 1],
    ] as const) {
      const source = await openCheckpoint(coded(scale, min));
      await expect(pruneCheckpoint(source, { sparsity: 0.5 })).rejects.toThrow(
        'pruneCheckpoint: tensors must be stored so that 0 is exact (leave the tensor out by filter, or prune before quantizing), got a as uint8 without a code for 0',
      );
      const { report } = await pruneCheckpoint(source, { sparsity: 0.5, filter: 'b' });
      expect(report.skipped).toEqual([{ name: 'a', reason: 'left out by filter' }]);
    }
    const { checkpoint } = await pruneCheckpoint(await openCheckpoint(coded(0, 0)), { count: 1 });
    expect([...(await checkpoint.tensors[0]!.bytes())]).toEqual([0, 0]);
  });

  it('pruneCheckpoint leaves integers, strings and, without a filter, vectors as they are, and says why', async () => {
    const weightSpecs = [
      { name: 'shape', shape: [1, 2], dtype: 'int32' },
      { name: 'words', shape: [1], dtype: 'string' },
      { name: 'bias', shape: [2], dtype: 'float32' },
      { name: 'kernel', shape: [1, 2], dtype: 'float32' },
    ];
    const weightData = [
      Int32Array.of(1, 2).buffer,
      Uint8Array.of(1, 0, 0, 0, 97).buffer,
      Float32Array.of(1, 2).buffer,
      Float32Array.of(1, 2).buffer,
    ];
    const source = await openCheckpoint({ weightSpecs, weightData });
    const reasons = [
      { name: 'shape', reason: 'int32: only float tensors are pruned' },
      { name: 'words', reason: 'string: only float tensors are pruned' },
    ];
    const { checkpoint, report } = await pruneCheckpoint(source, { count: 1 });
    expect(report.skipped).toEqual([
      ...reasons,
      { name: 'bias', reason: 'rank 1: without a filter only tensors of rank 2 or more are pruned' },
    ]);
    expect(checkpoint.tensors.slice(0, 3)).toEqual(source.tensors.slice(0, 3));
    const named = await pruneCheckpoint(source, { count: 1, filter: ['shape', 'words', 'bias'] });
    expect(named.report.pruned.map(({ name }) => name)).toEqual(['bias']);
    await expect(pruneCheckpoint(source, { count: 1, filter: 'shape' })).rejects.toThrow(
      'pruneCheckpoint: filter must match a tensor that can be pruned',
    );
  });

  it('pruneCheckpoint names the tensor and the index of NaN and infinity, in every dtype', async () => {
    for (const scope of ['tensor', 'global'] as const)
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const amount of [{ sparsity: 0.5 }, { count: 0 }, { count: scope === 'tensor' ? 2 : 4 }]) {
          const source = cut(await open([Float32Array.of(1, 2), Float32Array.of(0, bad)]), 1);
          await expect(pruneCheckpoint(source, { ...amount, scope })).rejects.toThrow(
            `pruneCheckpoint: values must be finite (leave the tensor out by filter) at w1[1], got ${bad}`,
          );
        }
    for (const [dtype, values] of [
      ['F16', Uint16Array.of(0, 0x7c00)],
      ['BF16', Uint16Array.of(0, 0x7f80)],
      ['F64', Float64Array.of(0, Number.POSITIVE_INFINITY)],
    ] as const) {
      const files = new Map([['model.safetensors', safetensors({ a: stored(dtype, values) })]]);
      await expect(pruneCheckpoint(await openCheckpoint(files), { sparsity: 0.5 })).rejects.toThrow('at a[1], got Inf');
    }
  });

  it('pruneCheckpoint never changes the bytes that it was opened from', async () => {
    const file = safetensors({ a: stored('F32', Float32Array.of(1, 2, 3)) });
    const before = file.slice();
    const { checkpoint } = await pruneCheckpoint(await openCheckpoint(new Map([['model.safetensors', file]])), {
      count: 2,
    });
    expect([...((await checkpoint.tensors[0]!.values()) as Float32Array)]).toEqual([0, 0, 3]);
    expect(file).toEqual(before);
  });

  it('pruneCheckpoint tells how far it is, and stops at an abort', async () => {
    const source = await open([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
    for (const [scope, readings] of [
      ['tensor', 4],
      ['global', 6],
    ] as const) {
      const seen: { done: number; total: number }[] = [];
      await pruneCheckpoint(source, { count: 1, scope, onProgress: (progress) => void seen.push(progress) });
      expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: readings }, (_, i) => i + 1));
      expect(seen.every(({ total }) => total === readings)).toBe(true);
    }
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('enough'));
    await expect(pruneCheckpoint(source, { count: 1, onProgress, signal: abort.signal })).rejects.toThrow('enough');
  });

  it('pruneCheckpoint refuses wrong options by name', async () => {
    const source = await open([Float32Array.of(1, 2), Float32Array.of(3)]);
    const wrong = (options: unknown) => pruneCheckpoint(source, options as never);
    await expect(wrong(undefined)).rejects.toThrow('pruneCheckpoint: ');
    await expect(wrong({})).rejects.toThrow('amount must have exactly one of sparsity and count');
    await expect(wrong({ sparsity: 0.5, count: 1 })).rejects.toThrow('exactly one of sparsity and count');
    await expect(wrong({ sparsity: 1 })).rejects.toThrow('sparsity must be in [0, 1)');
    await expect(wrong({ sparsity: Number.NaN })).rejects.toThrow('sparsity must be in [0, 1)');
    await expect(wrong({ count: 1.5 })).rejects.toThrow('count must be an integer');
    await expect(wrong({ count: 2 })).rejects.toThrow('count must be at most 1, the number of entries of w1');
    await expect(wrong({ count: 4, scope: 'global' })).rejects.toThrow('count must be at most 3');
    await expect(wrong({ count: 1, scope: 'layer' })).rejects.toThrow("scope must be 'tensor' or 'global'");
    await expect(wrong({ count: 1, amount: 1 })).rejects.toThrow('pruneCheckpoint: options');
    await expect(wrong({ count: 1, onProgress: 1 })).rejects.toThrow('onProgress must be a function');
    await expect(wrong({ count: 1, signal: 1 })).rejects.toThrow('signal must be an AbortSignal');
    await expect(wrong({ count: 1, filter: 7 })).rejects.toThrow('filter must be a name, glob');
    await expect(pruneCheckpoint({} as never, { count: 1 })).rejects.toThrow(
      'checkpoint must be one of openCheckpoint',
    );
  });
});
