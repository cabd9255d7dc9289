import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Difference } from '../../src/commands/diff.ts';
import { resultOf, scratch, weightkit, writeModel } from '../support.ts';

const model = (...weights: Parameters<typeof writeModel>[1][number][]) => writeModel(scratch(), weights);
const w = (values: number[], shape = [values.length], name = 'w') => ({ name, shape, values });
const diff = (before: string, after: string, code: number, ...args: string[]) =>
  resultOf<Difference>(['diff', before, after, ...args], code);

describe('weightkit diff', () => {
  it('ends with 0 where all is the same, NaN too, and with 1 where a value differs', async () => {
    const a = model(w([1, Number.NaN, 3]));
    expect(await diff(a, model(w([1, Number.NaN, 3])), 0)).toMatchObject({
      same: true,
      tensors: [{ status: 'equal', changed: 0 }],
    });
    expect(await diff(a, model(w([1, 2, 3])), 1)).toMatchObject({
      same: false,
      tensors: [{ status: 'changed', changed: 1 }],
    });
  });

  it('gives largest, relative and cosine distance and the share that changed, in closed form', async () => {
    const found = await diff(model(w([3, 4, 0, 0])), model(w([3, 4.5, 0, 0])), 1);
    expect(found).toMatchObject({ maxAbs: 0.5, within: null });
    expect(found.tensors[0]).toMatchObject({ maxAbs: 0.5, relative: 0.1, changed: 1, parameters: 4 });
    expect(found.tensors[0]!.cosine).toBeCloseTo(27 / (5 * Math.hypot(3, 4.5)), 14);
  });

  it('--max-abs allows values to go so far, and neither names nor NaN', async () => {
    const a = model(w([1, 2, 3]));
    expect(await diff(a, model(w([1, 2, 3.25])), 0, '--max-abs', '0.25')).toMatchObject({ within: true, same: false });
    expect(await diff(a, model(w([1, 2, 3.25])), 1, '--max-abs', '0.2')).toMatchObject({ within: false });
    expect(await diff(a, model(w([1, 2, Number.NaN])), 1, '--max-abs', '9')).toMatchObject({ within: false });
    expect(await diff(a, model(w([1, 2, 3]), w([1], [1], 'b')), 1, '--max-abs', '9')).toMatchObject({ within: false });
    const text = await weightkit(['diff', a, model(w([1, 2, 4])), '--max-abs', '0.5', '--format', 'pretty']);
    expect(text.out).toContain('beyond --max-abs 0.5: values went up to 1');
  });

  it('lists structure first, then what changed; equal tensors with --all', async () => {
    const before = model(
      w([1], [1], 'same'),
      w([1, 2], [2], 'moved'),
      w([1], [1], 'gone'),
      w([1, 2], [1, 2], 'turned'),
    );
    const after = model(w([1], [1], 'same'), w([1, 3], [2], 'moved'), w([1, 2], [2, 1], 'turned'), w([1], [1], 'new'));
    const rows = async (...args: string[]) =>
      (await weightkit(['diff', before, after, ...args])).out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split('\t').slice(0, 3));
    expect(await rows()).toEqual([
      ['gone', 'only before', '[1]'],
      ['turned', 'other shape', '[1, 2] → [2, 1]'],
      ['new', 'only after', '[1]'],
      ['moved', 'changed', '[2]'],
    ]);
    expect(await rows('--all')).toContainEqual(['same', 'equal', '[1]']);
  });

  it('takes the same tensors of both sides by --filter and --shard, whatever they are stored as', async () => {
    const folder = scratch();
    const sizes = [40, 3, 200, 90, 90, 5];
    const weights = sizes.map((size, i) =>
      w(
        Array.from({ length: size }, (_, k) => Math.sin(k + i)),
        [size],
        `w${i}`,
      ),
    );
    const before = model(...weights);
    const args = ['--rule', 'w2=float16', '--rule', 'w0=uint8'];
    expect(await weightkit(['quantize', before, join(folder, 'q'), ...args])).toMatchObject({ code: 0 });
    const parts = [];
    for (const part of ['1/3', '2/3', '3/3'])
      parts.push(...(await diff(before, join(folder, 'q'), 0, '--shard', part, '--max-abs', '1')).tensors);
    expect(parts.map(({ name }) => name)).toEqual(weights.map(({ name }) => name));
    expect(parts.filter(({ status }) => status.startsWith('only'))).toEqual([]);
    const less = model(...weights.slice(1));
    expect((await diff(less, before, 1, '--shard', '2/2')).tensors.map(({ name }) => name)).toContain('w0');
    expect((await diff(less, before, 1, '--filter', 'w0')).tensors).toMatchObject([
      { name: 'w0', status: 'only after' },
    ]);
    expect(await weightkit(['diff', less, before, '--filter', 'x'])).toMatchObject({ code: 2 });
  });

  it('compares formats by their values, and tells another type from the same', async () => {
    const folder = scratch();
    const a = model(w([1, 2, 0.5], [3]));
    for (const name of ['a.safetensors', 'a.npz', 'half.npz']) {
      const command = name === 'half.npz' ? ['quantize', '--dtype', 'float16'] : ['convert'];
      expect(await weightkit([command[0]!, a, join(folder, name), ...command.slice(1)])).toMatchObject({ code: 0 });
    }
    expect(await diff(a, join(folder, 'a.safetensors'), 0)).toMatchObject({ same: true });
    expect(await diff(join(folder, 'a.npz'), join(folder, 'a.safetensors'), 0)).toMatchObject({ same: true });
    expect(await diff(a, join(folder, 'half.npz'), 1)).toMatchObject({
      tensors: [{ status: 'other type', changed: 0 }],
    });
    expect(await diff(a, join(folder, 'half.npz'), 0, '--max-abs', '0')).toMatchObject({ within: true });
  });
});
