import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCifar } from '../../../benchmarks/cifar.mjs';
import {
  broken,
  type EffectRow,
  effectsOn,
  fetchPackage,
  openModel,
  type Photographs,
  type Trial,
  writtenDates,
  ZOO,
} from '../src/index.ts';

/** The table that the guide shows; `node scripts/zoo-effects.mjs` writes it. */
const TABLE = new URL('../effects.json', import.meta.url);
const WRITES = process.env.WEIGHTKIT_WRITE_EFFECTS === '1';
/** A folder of small models, each in a folder of its own: those of the table's last rows. */
const PUBLISHED = process.env.WEIGHTKIT_MODELS ?? '';
/** A folder with CIFAR-10 in its binary format. */
const IMAGES = process.env.WEIGHTKIT_CIFAR10 ?? '';

/** A model of images is run a thousand times for `'auto'`. */
const TIMEOUT = 3_600_000;

const raw = { probes: 4, outputs: ['Identity_6', 'Identity_7'] };
/** How each model is tried; already quantized ones that nothing can be learned of, and what takes text, are not there. */
const TRIALS: Readonly<Record<string, Trial>> = {
  '@spotify/basic-pitch model/model.json': { probes: 8 },
  '@upscalerjs/default-model models/model.json': { probes: 64 },
  '@upscalerjs/esrgan-slim models/x2/model.json': { probes: 64 },
  '@upscalerjs/esrgan-slim models/x8/model.json': { probes: 16 },
  '@upscalerjs/esrgan-medium models/x3/model.json': { probes: 16 },
  '@handtracking.io/yoha models/box/model.json': { probes: 64, slow: true },
  '@handtracking.io/yoha models/lan/model.json': { probes: 64, slow: true },
  '@vladmandic/human models/emotion.json': { probes: 512, from: 'photographs' },
  '@vladmandic/human models/liveness.json': { probes: 512, from: 'photographs' },
  '@vladmandic/human models/blazeface.json': { probes: 16 },
  'handtrackjs models/webmodel/ssd320fpnlite/base/model.json': { ...raw, image: [320, 320, 3], slow: true },
  'handtrackjs models/webmodel/ssd640fpnlite/base/model.json': { ...raw, image: [640, 640, 3], slow: true },
};

/** How models of the folder are tried that say the same of nearly all that is made. */
const SAID: Readonly<Record<string, Trial>> = {
  dates: { probes: 512, given: writtenDates },
  laugh: { probes: 512, from: 'noise' },
};

const names = PUBLISHED ? readdirSync(PUBLISHED).filter((name) => !name.endsWith('.md')) : [];
const ORDER = [...ZOO.flatMap(({ name, models }) => models.map(({ file }) => `${name} ${file}`)), ...names];

/** All pictures of a folder. */
function photographs(): Photographs {
  const { train, test: unseen } = readCifar(IMAGES);
  return { pixels: Uint8Array.from([...train.pixels, ...unseen.pixels]), count: train.count + unseen.count };
}

const rowsOfTable = (): EffectRow[] =>
  existsSync(TABLE) ? (JSON.parse(readFileSync(TABLE, 'utf8')) as { rows: EffectRow[] }).rows : [];
const written = rowsOfTable();
const rows: EffectRow[] = [];
beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
  if (!WRITES) return;
  // A part of the models (by -t) leaves the rows of the others.
  const all = [...rowsOfTable().filter(({ model }) => rows.every((row) => row.model !== model)), ...rows];
  all.sort((a, b) => ORDER.indexOf(a.model) - ORDER.indexOf(b.model));
  writeFileSync(
    TABLE,
    `${JSON.stringify({ by: 'node scripts/zoo-effects.mjs', backend: 'wasm', rows: all }, null, 2)}\n`,
  );
});

/** The promise is kept, and the table says the same: sums in another order move a change by no more than a third. */
function check(row: EffectRow): void {
  rows.push(row);
  console.log(JSON.stringify(row));
  expect(broken(row)).toEqual([]);
  if (WRITES) return;
  const wanted = written.find(({ model }) => model === row.model)!;
  expect(wanted, 'node scripts/zoo-effects.mjs').toBeDefined();
  for (const kind of ['plain', 'uint8'] as const) {
    expect(row[kind].bytes).toBe(wanted[kind].bytes);
    if (wanted[kind].relative !== null)
      expect(Math.abs(row[kind].relative! / wanted[kind].relative - 1)).toBeLessThan(1 / 3);
    if (wanted[kind].agree !== null) expect(Math.abs(row[kind].agree! - wanted[kind].agree)).toBeLessThan(0.02);
  }
  // Which choice is the first that keeps enough can turn on one example.
  expect(row.auto === null).toBe(wanted.auto === null);
  if (row.auto && wanted.auto) expect(Math.abs(row.auto.bytes / wanted.auto.bytes - 1)).toBeLessThan(0.1);
}

for (const entry of ZOO)
  for (const model of entry.models) {
    const name = `${entry.name} ${model.file}`;
    const trial = TRIALS[name];
    if (!trial) continue;
    test(`the plain default keeps what ${name} says`, { timeout: TIMEOUT }, async ({ skip }) => {
      const looks = trial.from === 'photographs';
      if (looks && !existsSync(IMAGES)) return skip('WEIGHTKIT_CIFAR10 names no folder with CIFAR-10');
      const fetched = await fetchPackage(entry);
      if ('reason' in fetched) return skip(fetched.reason);
      const { source } = await openModel(fetched.folder, model);
      try {
        check(await effectsOn(name, source as tf.LayersModel, trial, looks ? photographs() : undefined));
      } finally {
        (source as tf.LayersModel).dispose();
      }
    });
  }

test.skipIf(names.length === 0).for(names)('the plain default keeps what %s says', async (name) => {
  const file = { file: `${name}/model.json`, kind: 'layers' } as const;
  const { source } = await openModel(PUBLISHED, file);
  try {
    check(await effectsOn(name, source as tf.LayersModel, SAID[name] ?? { probes: 512 }));
  } finally {
    (source as tf.LayersModel).dispose();
  }
});
