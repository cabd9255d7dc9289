import { type Checkpoint, type CheckpointTensor, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { float16Bits } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileStructure, pruneCheckpoint } from '../../src/checkpoint.ts';
import { chooseGroups } from '../../src/masks/choose-groups.ts';
import { blockGroups } from '../../src/structures/block-groups.ts';
import { nOfM } from '../../src/structures/n-of-m.ts';
import { reduceScores } from '../../src/structures/reduce-scores.ts';

interface Given {
  shape: number[];
  values: Float32Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const open = (given: readonly Given[]): Promise<Checkpoint> =>
  openCheckpoint({
    weightSpecs: given.map(({ shape }, i) => ({ name: `w${i}`, shape, dtype: 'float32' })),
    weightData: given.map(({ values }) => values.slice().buffer),
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
const valuesOf = async ({ tensors }: Checkpoint): Promise<Float32Array[]> =>
  (await Promise.all(tensors.map((tensor) => tensor.values()))) as Float32Array[];
const zerosIn = (values: Float32Array): number => values.filter((value) => value === 0).length;
const masked = (values: Float32Array, mask: Uint8Array): Float32Array =>
  values.map((value, i) => (mask[i] === 1 ? value : 0));
const magnitudes = (values: Float32Array): Float32Array => values.map(Math.abs);

// Halves of integers: their sums and the means of two, four or eight of them are the same whatever order they are added in.
const number = fc.integer({ min: -8, max: 8 }).map((n) => n / 2);
const tensor = fc
  .array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 4 })
  .chain((shape) =>
    fc
      .array(number, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
      .map((values): Given => ({ shape, values: Float32Array.from(values) })),
  );
const piece = fc.integer({ min: 1, max: 20 });

describe('pruneCheckpoint, n of m', () => {
  it('keeps what nOfM keeps of the whole tensor, in pieces of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        tensor,
        piece,
        fc.integer({ min: 1, max: 6 }).chain((m) => fc.tuple(fc.integer({ min: 1, max: m }), fc.constant(m))),
        fc.nat(3),
        async (given, size, [n, m], at) => {
          const axis = at % given.shape.length;
          const source = cut(await open([given]), size);
          const { checkpoint, report } = await pruneCheckpoint(source, { structure: { n, m, axis } });
          const mask = nOfM(magnitudes(given.values), given.shape, axis, { n, m });
          const [found] = await valuesOf(checkpoint);
          expect(found).toEqual(masked(given.values, mask));
          const [one] = report.pruned;
          expect(one!.zeros).toEqual([zerosIn(given.values), zerosIn(found!)]);
          expect(one!.threshold).toBeNull();
        },
      ),
    );
  });

  it('takes the inputs where the format has them: before the last axis, or at 1', async () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const source = await open([{ shape: [2, 4], values }]);
    const structure = { n: 1, m: 2 };
    const pruned = await pruneCheckpoint(source, { structure });
    expect(Array.from((await valuesOf(pruned.checkpoint))[0]!)).toEqual([0, 0, 0, 0, 5, 6, 7, 8]);
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(source, files, { format: 'safetensors' });
    const torch = await openCheckpoint(files.get('model.safetensors')!);
    const other = await pruneCheckpoint(torch, { structure });
    expect(Array.from((await valuesOf(other.checkpoint))[0]!)).toEqual([0, 2, 0, 4, 0, 6, 0, 8]);
    await writeCheckpoint(source, files, { format: 'npz' });
    const npz = await openCheckpoint(files.get('model.npz')!);
    await expect(pruneCheckpoint(npz, { structure })).rejects.toThrow(
      'pruneCheckpoint: structure must name its axis for npz, which may come from anywhere, got "w0"',
    );
    const named = await pruneCheckpoint(npz, { structure: { ...structure, axis: -1 } });
    expect(Array.from((await valuesOf(named.checkpoint))[0]!)).toEqual([0, 2, 0, 4, 0, 6, 0, 8]);
  });

  it('keeps float16 as it is stored', async () => {
    const bits = float16Bits(Float32Array.of(1, -2, 3, -4));
    const weightSpecs = [{ name: 'w', shape: [4, 1], dtype: 'float32', quantization: { dtype: 'float16' } }] as never;
    const source = await openCheckpoint({ weightSpecs, weightData: bits.slice().buffer });
    const { checkpoint } = await pruneCheckpoint(source, { structure: { n: 2, m: 4 } });
    const bytes = await checkpoint.tensors[0]!.bytes();
    expect([...new Uint16Array(bytes.buffer, bytes.byteOffset, 4)]).toEqual([0, 0, bits[2], bits[3]]);
  });
});

describe('pruneCheckpoint, blocks', () => {
  const block = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 });
  const sparsity = fc.constantFrom(0, 0.25, 0.5, 0.75, 0.99);

  it('prunes what chooseGroups says of the means of blocks, of each tensor or of all, in pieces of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(tensor, { minLength: 1, maxLength: 3 }),
        piece,
        block,
        sparsity,
        fc.constantFrom('tensor' as const, 'global' as const),
        async (given, size, sizes, share, scope) => {
          const maps = given.map(({ shape }) =>
            blockGroups(shape, [...Array(shape.length - sizes.length).fill(1), ...sizes]),
          );
          const means = given.map(({ values }, i) =>
            reduceScores([{ scores: magnitudes(values), of: maps[i]!.of }], maps[i]!.groups, 'mean'),
          );
          const even = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
          const total = means.reduce((sum, { length }) => sum + length, 0);
          const zeros =
            scope === 'global'
              ? Math.min(even(share * total), total - means.length)
              : means.map(({ length }) => Math.min(even(share * length), length - 1));
          const rule = { scope: scope === 'global' ? scope : ('layer' as const), keepsOne: true, multipleOf: 1 };
          const kept = chooseGroups('test', means, zeros, rule);
          const source = cut(await open(given), size);
          const options = { sparsity: share, scope, structure: { block: sizes } };
          const { checkpoint, report } = await pruneCheckpoint(source, options);
          for (const [i, found] of (await valuesOf(checkpoint)).entries()) {
            const { values } = given[i]!;
            expect(found).toEqual(
              masked(
                values,
                Uint8Array.from(maps[i]!.of, (group) => kept[i]![group]!),
              ),
            );
            expect(report.pruned[i]!.zeros).toEqual([zerosIn(values), zerosIn(found)]);
            const least = means[i]!.filter((_, group) => kept[i]![group] === 1).sort()[0];
            expect(report.pruned[i]!.threshold).toBe(least);
          }
        },
      ),
    );
  });

  it('counts blocks, and leaves one of each tensor', async () => {
    const source = await open([{ shape: [4, 4], values: Float32Array.from({ length: 16 }, (_, i) => i + 1) }]);
    const structure = { block: [2, 2] };
    const { checkpoint } = await pruneCheckpoint(source, { count: 3, structure });
    expect(Array.from((await valuesOf(checkpoint))[0]!)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 12, 0, 0, 15, 16]);
    await expect(pruneCheckpoint(source, { count: 4, structure })).rejects.toThrow(
      'pruneCheckpoint: count must be at most 3, all blocks of w0 but one, got 4',
    );
  });
});

describe('pruneCheckpoint, sparsities by pattern', () => {
  const given = (): Given[] =>
    [0, 1, 2].map(() => ({ shape: [2, 4], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }));

  it('takes the first that fits, and leaves what none fits', async () => {
    const source = await open(given());
    const { checkpoint, report } = await pruneCheckpoint(source, { sparsity: { w1: 0.75, 'w?': 0.25 } });
    expect((await valuesOf(checkpoint)).map(zerosIn)).toEqual([2, 6, 2]);
    expect(report.skipped).toEqual([]);
    const one = await pruneCheckpoint(source, { sparsity: { w1: 0.75 } });
    expect((await valuesOf(one.checkpoint)).map(zerosIn)).toEqual([0, 6, 0]);
    expect(one.report.skipped).toEqual([
      { name: 'w0', reason: 'no pattern of the sparsities matches it' },
      { name: 'w2', reason: 'no pattern of the sparsities matches it' },
    ]);
  });

  it('counts blocks of each, and rounds what stays to a multiple', async () => {
    const source = await open(given());
    const structure = { block: [1] };
    const { checkpoint } = await pruneCheckpoint(source, { structure, sparsity: { w0: 0.4, w2: 0.7 }, multipleOf: 4 });
    // Of 8 blocks 5 and 2 would stay: 8 and 4 do.
    expect((await valuesOf(checkpoint)).map(zerosIn)).toEqual([0, 0, 4]);
  });
});

describe('pruneCheckpoint, structures refused', () => {
  const values = Float32Array.of(1, 2, 3, 4);
  const refusals: [options: object, message: string][] = [
    [{ structure: 'unit', sparsity: 0.5 }, 'model.json must have a modelTopology (open the model.json that'],
    [
      { structure: { axis: 0 }, sparsity: 0.5 },
      "structure must be 'entry', 'unit', 'channel', { block } or { n, m } in files",
    ],
    [{ sparsity: 0.5, multipleOf: 4 }, 'multipleOf must be left out where no groups are pruned, got 4'],
    [{ structure: { block: [2] }, sparsity: 0.5, multipleOf: 0 }, 'multipleOf must be an integer'],
    [{ sparsity: { 'x*': 0.5 } }, 'a pattern of sparsity must match a tensor (as w0), got "x*"'],
    [{ sparsity: { 'w*': 1 } }, 'sparsity of w* must be in [0, 1), got 1'],
    [{ sparsity: {} }, 'sparsity must have a pattern'],
    [{ sparsity: { 'w*': 0.5 }, scope: 'global' }, "scope must be 'tensor' for sparsities by pattern"],
    [
      { structure: { n: 2, m: 4 }, sparsity: 0.5 },
      'pruneCheckpoint: amount must be left out for { n, m }, which says it',
    ],
    [{ structure: { n: 2, m: 4 }, scope: 'global' }, "pruneCheckpoint: scope must be 'tensor' for { n, m }, got"],
    [{ structure: { n: 3, m: 2 } }, 'pruneCheckpoint: n must be an integer from 1 to 2, got 3'],
    [{ structure: { n: 1, m: 2, axis: 2 } }, 'pruneCheckpoint: axis must be in [-2, 2) for w0 of shape [2,2], got 2'],
    [{ structure: { block: [1, 2, 2] }, sparsity: 0 }, 'block must have at most 2 sizes for w0 of shape [2,2]'],
    [{ structure: { block: [2] } }, 'amount must have exactly one of sparsity and count'],
    [{ structure: {} as FileStructure, sparsity: 0.5 }, 'structure must be'],
  ];
  it.each(refusals)('%j', async (options, message) => {
    const source = await open([{ shape: [2, 2], values }]);
    await expect(pruneCheckpoint(source, options as never)).rejects.toThrow(message);
  });

  it('NaN, by tensor and index', async () => {
    const source = await open([{ shape: [2, 2], values: Float32Array.of(1, 2, Number.NaN, 3) }]);
    for (const options of [{ structure: { n: 1, m: 2 } }, { structure: { block: [2] }, sparsity: 0.5 }] as const)
      await expect(pruneCheckpoint(source, options)).rejects.toThrow('at w0[2], got NaN');
  });
});
