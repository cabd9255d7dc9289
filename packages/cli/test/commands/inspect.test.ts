import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Inspection, TensorStatistics } from '../../src/commands/inspect.ts';
import type { Compressed } from '../../src/files/compressed.ts';
import golden from '../golden/inspect.json' with { type: 'json' };
import { resultOf, scratch, serveParts, weightkit, writeModel } from '../support.ts';

type Result = Inspection & { compressed: Compressed | null };

/** The values of golden/cli.py. */
const goldenValues = (shape: number[], step: number) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    const u = i % 5 === 0 ? 0 : ((i * step) % 2003) / 1001 - 1;
    return Math.sign(u) * u * u;
  });

describe('weightkit inspect', () => {
  it('says of values what numpy says', async () => {
    const weights = golden.cases.map(({ shape, step }, i) => ({
      name: `w${i}`,
      shape,
      values: goldenValues(shape, step),
    }));
    const { tensors } = await resultOf<Result>(['inspect', writeModel(scratch(), weights)]);
    for (const [i, { zeros, min, max, mean, std, histogram, shape }] of golden.cases.entries()) {
      expect(tensors[i]!.shape).toEqual(shape);
      const statistics = tensors[i]!.statistics as TensorStatistics;
      expect(statistics).toMatchObject({ zeros, min, max, histogram, nonFinite: 0 });
      // Sums of n float64 terms of magnitude 1 at most.
      const n = tensors[i]!.parameters;
      expect(Math.abs(statistics.mean! - mean)).toBeLessThan(n * 2 ** -52);
      expect(Math.abs(statistics.std! - std)).toBeLessThan(n * 2 ** -52);
    }
  });

  it('gives the sizes of the files as they are, by gzip and by brotli as node:zlib has them', async () => {
    const folder = scratch();
    const model = writeModel(folder, [{ name: 'w', shape: [50, 40], values: goldenValues([50, 40], 7919) }]);
    const { compressed, bytes, parameters } = await resultOf<Result>(['inspect', model]);
    const files = ['model.json', 'w.bin'].map((name) => readFileSync(join(folder, name)));
    const sum = (of: (file: Buffer) => Buffer) => files.reduce((total, file) => total + of(file).length, 0);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
    expect(compressed).toEqual({
      gzip: sum((file) => gzipSync(file, { level: 6 })),
      brotli: sum((file) => brotliCompressSync(file, { params })),
      exact: true,
    });
    expect([bytes, parameters]).toEqual([8000, 2000]);
  });

  it('shows a table in a terminal, without color where NO_COLOR is set, and lets names give way to its width', async () => {
    const name = 'a/very/long/name/of/a/layer/that/goes/on/kernel';
    const model = writeModel(scratch(), [{ name, shape: [1, 4], values: [0, 1, 2, Number.NaN] }]);
    const plain = await weightkit(['inspect', model], { terminal: 200, env: { NO_COLOR: '1' } });
    expect(plain).toMatchObject({ code: 0 });
    const lines = plain.out.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'name                                             shape   dtype    stored as  parameters  bytes   zeros  min  max  mean     std  histogram  not finite',
      `${name}  [1, 4]  float32  float32             4     16  25.0 %    0    2     1  0.8165  █   █  █            1`,
    ]);
    expect(plain.out).toContain('tfjs: 1 tensor, 4 parameters, 16 bytes of weights, 2 files of ');
    const colored = await weightkit(['inspect', model], { terminal: 90 });
    expect(colored.out).toContain('\u001b[1mname');
    expect(colored.out).toContain('…');
    const widths = stripVTControlCharacters(colored.out)
      .split('\n')
      .slice(0, 2)
      .map((line) => [...line].length);
    for (const width of widths) expect(width).toBeLessThanOrEqual(90);
  });

  it('prints tab-separated values where no person reads, whole numbers, and the lines on standard error', async () => {
    const model = writeModel(scratch(), [{ name: 'a\tb', shape: [3], values: [1, 2, 3.5] }]);
    const { out, err } = await weightkit(['inspect', model]);
    const [head, row] = out.split('\n').map((line) => line.split('\t'));
    expect(head).toContain('stored_as');
    expect(row).toHaveLength(head!.length);
    expect(row!.slice(0, 2)).toEqual(['a\\tb', '[3]']);
    expect(row![head!.indexOf('max')]).toBe('3.5');
    expect(err).toContain('1 tensor');
    const csv = (await weightkit(['inspect', model, '--format', 'csv'])).out.split('\n');
    expect(csv[1]).toMatch(/^a\\tb,\[3\],float32/);
    const md = (await weightkit(['inspect', model, '--format', 'md'])).out;
    expect(md).toContain('| ---: |');
  });

  it('reads the header alone with --header, and over HTTP where it is not asked for the values', async () => {
    const folder = scratch();
    const model = writeModel(folder, [{ name: 'w', shape: [300, 10], values: goldenValues([300, 10], 31) }]);
    expect((await resultOf<Result>(['inspect', model, '--header'])).tensors[0]!.statistics).toBeNull();
    const { out } = await weightkit(['inspect', model, '--header'], { terminal: 100 });
    expect(out).not.toContain('histogram');
    const { address: root, served } = await serveParts(folder);
    const address = `${root}/model.json`;
    const remote = await resultOf<Result>(['inspect', address]);
    expect(remote).toMatchObject({ headerOnly: true, parameters: 3000, compressed: null });
    expect(served()).toBeLessThan(statSync(join(folder, 'w.bin')).size);
    const whole = await resultOf<Result>(['inspect', address, '--no-header']);
    expect(whole.tensors[0]!.statistics).toMatchObject({
      zeros: goldenValues([300, 10], 31).filter((value) => value === 0).length,
    });
  });

  it('takes some of the tensors by --filter and --shard; the shards together are all, once', async () => {
    const weights = ['a/kernel', 'a/bias', 'b/kernel', 'c'].map((name, i) => ({
      name,
      shape: [i + 1],
      values: [1, 2, 3, 4].slice(0, i + 1),
    }));
    const model = writeModel(scratch(), weights);
    const names = async (...args: string[]) =>
      (await resultOf<Result>(['inspect', model, ...args])).tensors.map(({ name }) => name);
    expect(await names('--filter', '*/kernel', '--filter', 'c')).toEqual(['a/kernel', 'b/kernel', 'c']);
    expect(await names('--filter', '*/kernel', '--exclude', 'b/*')).toEqual(['a/kernel']);
    expect(await weightkit(['inspect', model, '--exclude', '**'])).toMatchObject({ code: 2 });
    const parts = [await names('--shard', '1/3'), await names('--shard', '2/3'), await names('--shard', '3/3')];
    expect(parts.flat()).toEqual(weights.map(({ name }) => name));
    expect(parts[2]).toEqual(['c']);
    expect(await weightkit(['inspect', model, '--filter', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('names here: a/kernel, a/bias, b/kernel, ...'),
    });
  });
});
