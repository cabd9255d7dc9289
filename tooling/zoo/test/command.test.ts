import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Ended, weightkit } from '../../../packages/cli/test/support.ts';
import { fetchPackage, ZOO } from '../src/index.ts';

/** The small ones: a GraphModel and a LayersModel. */
const MODELS = ['@spotify/basic-pitch', '@upscalerjs/default-model'].map(
  (name) => ZOO.find((one) => one.name === name)!,
);

const json = <T>({ code, out, err }: Ended): T => {
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
};

test.for(MODELS.map((one) => [one.name, one] as const))(
  'every command of weightkit does its work on %s',
  { timeout: 120_000 },
  async ([, zooPackage], { skip }) => {
    const fetched = await fetchPackage(zooPackage);
    if ('reason' in fetched) return skip(fetched.reason);
    const folder = mkdtempSync(join(tmpdir(), 'weightkit-zoo-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const model = join(fetched.folder, zooPackage.models[0]!.file);
    const at = (name: string) => join(folder, name);
    const run = (...args: string[]) => weightkit([...args, '--format', 'json']);

    const inspected = json<{ tensors: { dtype: string }[]; parameters: number; files: { bytes: number }[] }>(
      await run('inspect', model),
    );
    const manifest = JSON.parse(readFileSync(model, 'utf8')) as { weightsManifest: { weights: unknown[] }[] };
    expect(inspected.tensors).toHaveLength(manifest.weightsManifest.flatMap(({ weights }) => weights).length);
    json(await run('report', model, at('report.html')));

    const checked = await run('check', model);
    expect(checked.code).toBeLessThan(2);
    const { findings } = JSON.parse(checked.out) as { findings: { severity: string }[] };
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);

    const quantized = json<{ certificate: { broken: string[] }; before: { bytes: number }; after: { bytes: number } }>(
      await run('quantize', model, at('q')),
    );
    expect(quantized.before.bytes).toBe(inspected.files.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(quantized.after.bytes).toBeLessThan(quantized.before.bytes);
    expect((await run('diff', model, at('q'), '--max-abs', '1')).code).toBe(0);
    json(await run('prune', model, at('p'), '--sparsity', '0.5'));

    json(await run('convert', model, at('w.safetensors')));
    json(await run('convert', at('w.safetensors'), at('back'), '--to', 'tfjs', '--into', model));
    json(await run('diff', model, at('back')));
    // To safetensors and back, in the order of the model: the very bytes.
    const bytesIn = (where: string) => {
      const { weightsManifest } = JSON.parse(readFileSync(where, 'utf8')) as { weightsManifest: { paths: string[] }[] };
      return Buffer.concat(
        weightsManifest.flatMap(({ paths }) => paths).map((path) => readFileSync(join(dirname(where), path))),
      );
    };
    expect(bytesIn(at('back/model.json')).equals(bytesIn(model))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['back', 'p', 'q', 'report.html', 'w.safetensors']);
  },
);
