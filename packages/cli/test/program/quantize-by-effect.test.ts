import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '@weightkit/checkpoint';
import type { QuantizeCheckpointReport } from '@weightkit/quantization/checkpoint';
import { describe, expect, it, vi } from 'vitest';
import { type QuantizedByEffect, quantizeByEffect } from '../../src/commands/quantize-by-effect.ts';
import type { Verification } from '../../src/commands/verify.ts';
import type { Written } from '../../src/commands/write.ts';
import { npy, resultOf, scratch, type TestWeight, weightkit, writeFiles, writeModel } from '../support.ts';

const dense = (name: string, units: number, activation: string, more: object = {}) => ({
  class_name: 'Dense',
  config: { name, units, activation, use_bias: true, ...more },
});
const topology = {
  class_name: 'Sequential',
  config: {
    name: 'm',
    layers: [
      dense('first', 16, 'relu', { batch_input_shape: [null, 8] }),
      dense('second', 16, 'relu'),
      dense('out', 4, 'softmax'),
    ],
  },
};

const wave = (length: number, seed: number, size: number): number[] =>
  Array.from({ length }, (_, i) => size * Math.sin(seed + 1.3 * i * i + 0.7 * i));

/** A classifier whose first kernel has an outlier, which 8 bits break. */
const weights: TestWeight[] = [
  ['first/kernel', [8, 16]],
  ['first/bias', [16]],
  ['second/kernel', [16, 16]],
  ['second/bias', [16]],
  ['out/kernel', [16, 4]],
  ['out/bias', [4]],
].map(([name, shape], i) => {
  const count = (shape as number[]).reduce((a, b) => a * b, 1);
  const values = wave(count, i, i % 2 ? 0.02 : 0.6);
  if (i === 0) values[0] = 300;
  return { name: name as string, shape: shape as number[], values };
});

/** A folder with the model and 64 examples. */
function made(): { folder: string; model: string; x: string } {
  const folder = scratch();
  writeFiles(folder, { 'x.npy': npy(Array.from({ length: 64 }, (_, i) => wave(8, 7 * i, 1))) });
  const model = writeModel(join(folder, 'model'), weights, { format: 'layers-model', modelTopology: topology });
  return { folder, model, x: join(folder, 'x.npy') };
}

type Result = Written & QuantizeCheckpointReport & Pick<QuantizedByEffect, 'effect' | 'sensitivity' | 'holds'>;

const sizeOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

describe('weightkit quantize by effect', () => {
  it('--agree makes it as small as the classes allow; verify measures the same of the files', async () => {
    const { folder, model, x } = made();
    const small = join(folder, 'small');
    const plain = await resultOf<Result>(['quantize', model, join(folder, 'plain'), '--dtype', 'uint8']);
    const found = await resultOf<Result>(['quantize', model, small, '--agree', '0.98', '--probes', x]);
    expect(found.holds).toBe(true);
    expect(found.effect).toMatchObject({ probes: 64, from: 'given' });
    expect(found.effect.agree).toBeGreaterThanOrEqual(0.98);
    expect(found.bytes[1]).toBeLessThan(found.bytes[0] / 2);
    expect(found.quantized.find(({ name }) => name === 'first/kernel')?.dtype).not.toBe('uint8');
    expect(found.sensitivity.map(({ path, tried }) => [path, tried.length])).toEqual(
      weights.map(({ name }) => [name, 2]),
    );
    const verified = async (folder: string) => {
      const { out } = await weightkit(['verify', model, folder, '--probes', x, '--format', 'json']);
      return (JSON.parse(out) as Verification).comparisons[0]!;
    };
    const { agree, relative, largest } = await verified(small);
    expect({ agree, relative, largest }).toEqual({
      agree: found.effect.agree,
      relative: found.effect.relative,
      largest: found.effect.largest,
    });
    // What 8 bits for all would have done.
    expect((await verified(plain.output)).agree).toBeLessThan(0.98);
  });

  it('--target-size is of all files together, on the byte that is said to be the least', async () => {
    const { folder, model, x } = made();
    const changes: number[] = [];
    const args = (size: number | string, output: string) => [
      'quantize',
      model,
      output,
      '--target-size',
      `${size}`,
      '--probes',
      x,
    ];
    const { err, code } = await weightkit(args(900, join(folder, 'no')));
    expect(code).toBe(2);
    const [, least] = /--target-size (\d+)/.exec(err)!;
    for (const size of [Number(least), Number(least) + 300, '3.4k']) {
      const output = join(folder, `to-${size}`);
      const { effect, holds } = await resultOf<Result>(args(size, output));
      expect(holds).toBe(true);
      expect(sizeOf(output)).toBeLessThanOrEqual(size === '3.4k' ? 3400 : Number(size));
      changes.push(effect.relative);
    }
    expect(changes[0]!).toBeGreaterThan(changes[1]!);
    expect(changes[1]!).toBeGreaterThan(changes[2]!);
    const one = await weightkit(args(Number(least) - 1, join(folder, 'no')));
    expect(one).toMatchObject({ code: 2, err: expect.stringContaining(`--target-size ${least}`) });
    expect(readdirSync(folder)).not.toContain('no');
  });

  it('--filter and --exclude say which weights may be quantized, --dtype to what', async () => {
    const { folder, model, x } = made();
    const by = async (name: string, ...args: string[]) => {
      const found = await resultOf<Result>(['quantize', model, join(folder, name), '--probes', x, ...args]);
      return { ...found, dtypes: new Map(found.quantized.map((one) => [one.name, one.dtype])) };
    };
    const kernels = await by('kernels', '--agree', '0', '--filter', '**/kernel', '--exclude', 'out/*');
    expect([...kernels.dtypes]).toEqual([
      ['first/kernel', 'uint8'],
      ['second/kernel', 'uint8'],
    ]);
    expect(kernels.sensitivity.map(({ path }) => path)).toEqual(['first/kernel', 'second/kernel']);
    expect(kernels.skipped.map(({ name }) => name).sort()).toEqual([
      'first/bias',
      'out/bias',
      'out/kernel',
      'second/bias',
    ]);
    const halves = await by('halves', '--agree', '0.98', '--dtype', 'float16');
    expect(halves.holds).toBe(true);
    expect(halves.quantized.length).toBeGreaterThan(0);
    expect(new Set(halves.dtypes.values())).toEqual(new Set(['float16']));
    for (const { tried } of halves.sensitivity) expect(tried.map(({ dtype }) => dtype)).toEqual(['float16']);
    const one = await by('one', '--agree', '0.98', '--dtype', 'uint8');
    // 8 bits break the one with an outlier, so that it stays.
    expect(one.dtypes.has('first/kernel')).toBe(false);
    expect(new Set(one.dtypes.values())).toEqual(new Set(['uint8']));
    // What stays as it is counts for the size, on the byte that is said to be the least.
    const sized = (size: number, name: string) => [
      ...['quantize', model, join(folder, name), '--probes', x, '--filter', 'second/kernel'],
      ...['--dtype', 'uint16', '--target-size', `${size}`],
    ];
    const tooSmall = async (size: number) => {
      const { err, code } = await weightkit(sized(size, 'no'));
      expect(code).toBe(2);
      expect(err).toContain('with two bytes for each value that may be quantized');
      return Number(/--target-size (\d+)/.exec(err)![1]);
    };
    const least = await tooSmall(900);
    expect(await tooSmall(least - 1)).toBe(least);
    const { quantized } = await resultOf<Result>(sized(least, 'least'));
    expect(quantized.map(({ name, dtype }) => [name, dtype])).toEqual([['second/kernel', 'uint16']]);
    expect(sizeOf(join(folder, 'least'))).toBeLessThanOrEqual(least);
    const nothing = await by('nothing', '--agree', '1', '--dtype', 'uint8', '--filter', 'first/kernel');
    expect(nothing.quantized).toEqual([]);
    const reasons = new Map(nothing.skipped.map(({ name, reason }) => [name, reason]));
    expect(reasons.get('first/kernel')).toBe('float32 is what the outputs need');
    expect(reasons.get('second/kernel')).toBe('left out by filter');
  });

  it('says how far it is, what the classes do, and writes nothing with --dry-run', async () => {
    const { folder, model } = made();
    const args = ['quantize', model, join(folder, 'dry'), '--agree', '0.9', '--probes', '16', '--dry-run'];
    const { out, err, code } = await weightkit(args, { terminal: 110, env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(err).toMatch(/quantize \d+ % \w+\/\w+/);
    for (const part of ['would write', '16 probes, made', 'same top class in', 'outputs change by'])
      expect(out).toContain(part);
    expect(readdirSync(folder)).not.toContain('dry');
  });

  it('leaves all as it is where the outputs need every digit', async () => {
    const { folder, model } = made();
    const numbers: TestWeight[] = [{ name: 'a/kernel', shape: [4, 1], values: [1 / 3, 0.123, -0.77, 2 / 3] }];
    const layers = [dense('a', 1, 'linear', { batch_input_shape: [null, 4], use_bias: false })];
    const one = writeModel(join(folder, 'one'), numbers, {
      format: 'layers-model',
      modelTopology: { class_name: 'Sequential', config: { name: 'm', layers } },
    });
    const { quantized, holds, effect } = await resultOf<Result>([
      'quantize',
      one,
      join(folder, 'same'),
      '--agree',
      '1',
      '--probes',
      '8',
    ]);
    expect([quantized, holds, effect.relative, effect.agree]).toEqual([[], true, 0, null]);
    const checkpoint = await openCheckpoint(model);
    const quiet = vi.fn();
    const importer = async () => ({ enableProdMode: quiet, setBackend: async () => false });
    const options = { goal: { agree: 1 }, backend: 'wasm', probes: 2, requantize: false, importer } as const;
    const { signal } = new AbortController();
    await expect(quantizeByEffect(checkpoint, { ...options, signal, beside: async () => 0 })).rejects.toThrow(
      'the backend wasm does not start here',
    );
    // The advice to install tfjs-node is not for those who use a command.
    expect(quiet).toHaveBeenCalledOnce();
    await checkpoint.close();
  });

  it('refuses what it cannot do, with what to do', async () => {
    const { folder, model } = made();
    const output = join(folder, 'b');
    const refused = async (...args: string[]) => {
      const { code, err } = await weightkit(['quantize', model, output, ...args]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused('--probes', '4')).toContain('--probes is for --target-size or --agree');
    expect(await refused('--backend', 'wasm')).toContain('--backend is for --target-size or --agree');
    expect(await refused('--agree', '1', '--target-size', '1k')).toContain('both say how small it becomes');
    expect(await refused('--agree', '1', '--rule', '**=uint8')).toContain('the same without --rule');
    expect(await refused('--agree', '1', '--scales', 'tensor')).toContain('the same without --scales');
    expect(await refused('--agree', '1', '--dtype', 'int4')).toContain('tfjs files have no int4 codes');
    expect(await refused('--agree', '1', '--rounding', 'float32')).toContain('the same without --rounding');
    expect(await refused('--agree', '1', '--filter', 'nothing')).toContain("must leave a tensor, got 'nothing'");
    expect(await refused('--agree', '2')).toContain('a share from 0 to 1');
    expect(await refused('--target-size', 'small')).toContain('It must be bytes');
    expect((await weightkit(['quantize', model, `${output}.npz`, '--agree', '1'])).err).toContain(
      'npz files have no uint8 codes',
    );
    const bare = writeModel(join(folder, 'bare'), weights);
    expect((await weightkit(['quantize', bare, output, '--agree', '1'])).err).toContain('without a modelTopology');
    await weightkit(['quantize', model, output]);
    const again = await weightkit(['quantize', output, join(folder, 'c'), '--agree', '1']);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--allow-requantize') });
    const twice = ['quantize', output, join(folder, 'c'), '--agree', '0.5', '--probes', '8', '--allow-requantize'];
    expect((await resultOf<Result>(twice)).holds).toBe(true);
  });
});
