import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import golden from '../../../checkpoint/test/golden/numpy.json' with { type: 'json' };
import type { Check } from '../../src/commands/check.ts';
import { resultOf, scratch, type TestWeight, weightkit, writeFiles, writeModel } from '../support.ts';

const varied = (name: string, shape: number[], seed = 1): TestWeight => ({
  name,
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i)),
});
const check = (model: string, code: number, ...args: string[]) => resultOf<Check>(['check', model, ...args], code);

/** A model of which a weight file goes wrong. */
function broken(): { folder: string; model: string; weights: string } {
  const folder = scratch();
  const model = writeModel(folder, [varied('conv/kernel', [30, 10]), varied('conv/bias', [10], 5)]);
  return { folder, model, weights: join(folder, 'w.bin') };
}

describe('weightkit check', () => {
  it('finds nothing in a sound model, and one value in a vector is a note alone', async () => {
    const { model } = broken();
    expect(await check(model, 0)).toMatchObject({ ok: true, findings: [], tensors: 2, parameters: 310 });
    const fresh = writeModel(scratch(), [varied('k', [4, 4]), { name: 'bias', shape: [4], values: [0, 0, 0, 0] }]);
    expect(await check(fresh, 0)).toMatchObject({ findings: [{ severity: 'note', kind: 'all-zero', where: 'bias' }] });
    expect(await check(fresh, 1, '--strict')).toMatchObject({ ok: false });
  });

  it('explains a weight file that is a page of HTML, a pointer of Git LFS, compressed or missing', async () => {
    const { folder, model, weights } = broken();
    for (const [content, kind] of [
      ['<!DOCTYPE html><html><title>404</title>', 'html'],
      ['version https://git-lfs.github.com/spec/v1\noid sha256:00', 'git-lfs'],
      [Uint8Array.of(0x1f, 0x8b, 8, 0), 'gzip'],
    ] as const) {
      writeFileSync(weights, content);
      expect(await check(model, 1)).toMatchObject({ ok: false, tensors: null, findings: [{ kind, where: 'w.bin' }] });
    }
    writeFiles(folder, {
      'alone/model.json': JSON.stringify({ weightsManifest: [{ paths: ['no.bin'], weights: [] }] }),
    });
    expect(await check(join(folder, 'alone'), 1)).toMatchObject({ findings: [{ kind: 'missing', where: 'no.bin' }] });
  });

  it('says how many bytes are missing or too many, and in which tensor the files end', async () => {
    const { model, weights } = broken();
    truncateSync(weights, 1240 - 44);
    const [short] = (await check(model, 1)).findings;
    expect(short).toMatchObject({ kind: 'weights-length', severity: 'error' });
    expect(short!.message).toBe(
      'the manifest needs 44 bytes more: 1,240, and the weight files have 1,196; they end in conv/kernel',
    );
    truncateSync(weights, 1300);
    const [long] = (await check(model, 1)).findings;
    expect(long!.message).toBe('the weight files have 60 bytes more than the manifest names: 1,300, not 1,240');
  });

  it('names the arrays of an npz file that are not read, in a note each', async () => {
    const { file, others } = golden.cases.find(({ others }) => others)!;
    const path = join(scratch(), 'a.npz');
    writeFileSync(path, Buffer.from(file!, 'base64'));
    const { ok, tensors, findings } = await check(path, 0);
    expect([ok, tensors]).toEqual([true, 1]);
    const named = findings.map(({ severity, kind, where }) => ({ severity, kind, where }));
    expect(named).toEqual(Object.keys(others!).map((where) => ({ severity: 'note', kind: 'no-numbers', where })));
    for (const { where, message } of findings)
      expect(message).toBe(
        `the array is not read: its entries are no numbers (${(others as Record<string, string>)[where]})`,
      );
  });

  it('finds shards that were sorted as text, though the model opens', async () => {
    const folder = scratch();
    const { values } = varied('', [44]);
    const paths = [1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `group1-shard${i}of11.bin`);
    const specs = [{ name: 'w', shape: [44], dtype: 'float32' }];
    for (const path of paths)
      writeFiles(folder, { [path]: new Uint8Array(Float32Array.from(values).slice(0, 4).buffer) });
    const index = (list: string[]) => JSON.stringify({ weightsManifest: [{ paths: list, weights: specs }] });
    writeFiles(folder, { 'model.json': index(paths) });
    const found = await check(folder, 1);
    expect(found).toMatchObject({ tensors: 1, findings: [{ kind: 'shard-order', severity: 'error' }] });
    expect(found.findings[0]!.message).toContain('group1-shard10of11.bin stands where group1-shard2of11.bin belongs');
    const number = (path: string) => Number(/shard(\d+)/.exec(path)![1]);
    writeFiles(folder, { 'model.json': index([...paths].sort((a, b) => number(a) - number(b))) });
    expect(await check(folder, 0)).toMatchObject({ findings: [] });
  });

  it('finds NaN and infinity by tensor, number and place', async () => {
    const values = Array.from({ length: 24 }, (_, i) => Math.sin(i));
    [values[7], values[9], values[20]] = [Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN];
    const model = writeModel(scratch(), [varied('a', [4, 4]), { name: 'b', shape: [2, 3, 4], values }]);
    const { findings } = await check(model, 1);
    expect(findings).toMatchObject([{ kind: 'not-finite', severity: 'error', where: 'b' }]);
    expect(findings[0]!.message).toBe('2 NaN and 1 infinite of 24 values, the first at [0, 1, 3]');
  });

  it('finds kernels of one value and tensors that are stored twice; integers may be alike', async () => {
    const ones = { shape: [4, 4], values: new Array(16).fill(1) };
    const model = writeModel(scratch(), [
      { name: 'dead', shape: [4, 4], values: new Array(16).fill(0) },
      { name: 'ones', ...ones },
      { name: 'axes', ...ones, dtype: 'int32' },
      { name: 'axes2', ...ones, dtype: 'int32' },
      varied('a', [8, 8]),
      varied('b', [8, 8]),
      varied('c', [8, 8], 2),
      varied('d', [64]),
    ]);
    expect((await check(model, 1)).findings.map(({ kind, where, severity }) => [kind, where, severity])).toEqual([
      ['all-zero', 'dead', 'warning'],
      ['constant', 'ones', 'warning'],
      ['duplicate', 'b', 'warning'],
    ]);
  });

  it('takes tensors of the same form, ends and sum for the same only where every byte is', async () => {
    const values = Array.from({ length: 400_000 }, (_, i) => ((i * 7919) % 97) - 48);
    // The last two change places.
    const last = values.map((value, i) => values[i < 399_998 ? i : 799_997 - i] ?? value);
    expect(last.slice(-2)).toEqual(values.slice(-2).reverse());
    const weights = [values, last, values, last].map((all, i) => ({ name: `w${i}`, shape: [1000, 400], values: all }));
    const { findings } = await check(writeModel(scratch(), weights), 1);
    expect(findings.map(({ kind, where, message }) => [kind, where, message])).toEqual([
      ['duplicate', 'w2', 'the same 1,600,000 bytes as w0'],
      ['duplicate', 'w3', 'the same 1,600,000 bytes as w1'],
    ]);
  });

  it('takes a header that lies for a finding, and ends with 3 where there is no model', async () => {
    const folder = scratch();
    const head = new Uint8Array(16);
    new DataView(head.buffer).setBigUint64(0, 2n ** 60n, true);
    writeFiles(folder, {
      'huge.safetensors': head,
      'photo.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46),
      'page.json': '<html>',
    });
    expect(await check(join(folder, 'huge.safetensors'), 1)).toMatchObject({
      findings: [{ kind: 'header-too-large' }],
    });
    expect(await check(join(folder, 'page.json'), 1)).toMatchObject({
      findings: [{ kind: 'html', where: 'page.json' }],
    });
    for (const name of ['photo.jpg', 'nothing', '.'])
      expect(await weightkit(['check', join(folder, name)])).toMatchObject({ code: 3 });
  });

  it('shows a table and what to do', async () => {
    const { model, weights } = broken();
    truncateSync(weights, 1236);
    const { out } = await weightkit(['check', model, '--format', 'pretty']);
    expect(out.split('\n')[1]).toMatch(/^model\.json +error +weights-length +the manifest needs 4 bytes more/);
    expect(out).toContain('weights-length: a download that broke off');
    expect(out).toMatch(/not ok: 1 error; the model cannot be opened\n$/);
  });
});
