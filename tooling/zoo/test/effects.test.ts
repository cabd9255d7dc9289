import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { broken, type EffectRow, effectsOn, fetchPackage, openModel, ZOO } from '../src/index.ts';

const { rows } = JSON.parse(readFileSync(new URL('../effects.json', import.meta.url), 'utf8')) as { rows: EffectRow[] };

test('the plain default keeps what each model of the table says', () => {
  expect(rows.length).toBeGreaterThanOrEqual(9);
  expect(rows.flatMap(broken)).toEqual([]);
  // It is there because uint8 for all does not.
  expect(rows.filter((row) => broken({ ...row, plain: row.uint8 }).length > 0).length).toBeGreaterThanOrEqual(4);
});

test('broken names shares and changes that are too small and too large, and no share of uniform probes', () => {
  const score = { bytes: 1, agree: 0.98, relative: 0.02 };
  const row = { model: 'm', probes: 512, tooUniform: false, bytes: 4, plain: score, uint8: score, auto: null };
  expect(broken(row)).toEqual(['m: 0.98 of the top classes stay', 'm: outputs change by 0.02']);
  expect(broken({ ...row, tooUniform: true })).toEqual(['m: outputs change by 0.02']);
  expect(broken({ ...row, plain: { bytes: 1, agree: 0.99, relative: null } })).toEqual([]);
  expect(broken({ ...row, plain: { bytes: 1, agree: null, relative: Number.NaN } })).toHaveLength(1);
  const kept = { bytes: 1, agree: 1, relative: 0 };
  expect(broken({ ...row, plain: kept, auto: score })).toEqual([
    'm: 0.98 of the top classes stay with auto',
    'm: outputs change by 0.02 with auto',
  ]);
});

test('a small model of the table is measured again', { timeout: 120_000 }, async ({ skip }) => {
  const entry = ZOO.find(({ name }) => name === '@upscalerjs/default-model')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const name = `${entry.name} ${entry.models[0]!.file}`;
  const { source } = await openModel(fetched.folder, entry.models[0]!);
  const row = await effectsOn(name, source as tf.LayersModel, { probes: 1 });
  (source as tf.LayersModel).dispose();
  expect(broken(row)).toEqual([]);
  const { bytes, plain, uint8 } = rows.find(({ model }) => model === name)!;
  expect([row.bytes, row.plain.bytes, row.uint8.bytes]).toEqual([bytes, plain.bytes, uint8.bytes]);
});
