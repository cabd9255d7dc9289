import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { slice } from '@weightkit/datasets';
import { readMnist } from '@weightkit/datasets/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOptions, type TourOptions } from '../src/options.ts';
import { type TourContext, tour } from '../src/tour.ts';

describe('tour', () => {
  let root = '';
  let digits: NonNullable<TourContext['digits']>;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'weightkit-tour-test-'));
    const { train, test } = await readMnist();
    digits = { train: slice(train, 0, 640), test: slice(test, 0, 200) };
  });
  afterAll(() => rm(root, { recursive: true }));

  const options = (out: string, more: string[] = []) =>
    parseOptions(['--epochs', '2', '--backend', 'wasm', '--out', join(root, out), ...more]) as TourOptions;
  const context = (signal = new AbortController().signal): TourContext & { stream: PassThrough } => ({
    signal,
    stream: new PassThrough(),
    digits,
  });

  it('tour(options) trains, prunes, quantizes, saves and reloads, and writes what it says', async () => {
    const { backend, stages } = await tour(options('a'), context());
    expect(backend).toBe('wasm');
    expect(stages.map(({ name }) => name)).toEqual(['dense', 'pruned', 'quantized', 'reloaded']);
    const [dense, pruned, quantized, reloaded] = stages as [(typeof stages)[0], ...typeof stages];
    // 784 x 64 + 64 + 64 x 32 + 32 + 32 x 32 + 32 + 32 x 10 + 10
    for (const { parameters } of stages) expect(parameters).toBe(53_706);
    // Only biases are zero before pruning, and after two epochs of a few steps none of the 138 need be left.
    expect(dense.zeros).toBeLessThanOrEqual(138);
    expect(pruned!.zeros).toBeGreaterThanOrEqual(Math.floor(0.9 * 53_706));
    expect(pruned!.zeros).toBeLessThanOrEqual(Math.ceil(0.9 * 53_706) + 138);
    expect(quantized!.zeros).toBeGreaterThanOrEqual(pruned!.zeros);
    expect({ ...reloaded, name: 'quantized' }).toEqual(quantized);
    expect(quantized!.bytes).toBeLessThan(0.3 * dense.bytes);
    expect(pruned!.gzipBytes).toBeLessThan(0.3 * dense.gzipBytes);

    expect((await readdir(join(root, 'a'))).sort()).toEqual(['model', 'report.html', 'summary.json']);
    expect(JSON.parse(await readFile(join(root, 'a/summary.json'), 'utf8'))).toEqual({ backend, stages });
    const html = await readFile(join(root, 'a/report.html'), 'utf8');
    expect(html.match(/<figure/g)).toHaveLength(12);
    expect(html).toContain('colors by the logarithm of value + 1');
    expect(html).toMatch(
      /npm start -- --epochs 2 --backend wasm --out \S+a<\/p>\s*<p>weightkit \d\S*, TensorFlow\.js 4\.\d+\.\d+, Node \d+/,
    );
    // Nothing is requested from outside: the only addresses are the names of XML.
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  it('tour(options) gives the same table for the same seed, and another for another', async () => {
    const first = JSON.parse(await readFile(join(root, 'a/summary.json'), 'utf8'));
    expect(await tour(options('a'), context())).toEqual(first);
    expect((await readdir(join(root, 'a/model'))).sort()).toEqual([
      'model.json',
      expect.stringMatching(/^model\.weights-[0-9a-f]{16}\.bin$/),
    ]);
    expect(await tour(options('c', ['--seed', '1', '--bits', '16']), context())).not.toEqual(first);
  });

  it('tour(options) stops when asked to, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const asked = context(stop.signal);
    asked.stream.on('data', (text) => /dense epoch {2}1/.test(String(text)) && stop.abort());
    await expect(tour(options('d'), asked)).rejects.toThrow(/abort/i);
    expect(await readdir(join(root, 'd'))).toEqual([]);
  });

  it('tour(options) refuses what it cannot do before it trains', async () => {
    await expect(tour(options('e', ['--sparsity', '0.999']), context())).rejects.toThrow(
      'tour: --sparsity must be below 0.9974, the share of the kernels, got 0.999',
    );
    const out = join(root, 'a/summary.json/below');
    await expect(tour({ ...options('a'), out }, context())).rejects.toThrow(
      `tour: folder must be one that can be written, got ${out}`,
    );
    await expect(access(out)).rejects.toThrow();
  });
});
