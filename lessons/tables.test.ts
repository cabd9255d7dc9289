import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { type Lesson, type Measured, type Measurement, measureRun, parametersOf } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { partsIn, withParts } from '../scripts/lib/generated.mjs';
import { inputsOf } from '../scripts/lib/table-inputs.mjs';

const folder = new URL('.', import.meta.url).pathname;
const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/measure.ts`));
const measured = (name: string) =>
  JSON.parse(readFileSync(`${folder}/${name}/measured.json`, 'utf8')) as Measured<object>;
type AnyMeasurement = Measurement<string, Record<string, unknown>, unknown, object>;
const load = async (name: string) => {
  const { measurement } = (await import(`./${name}/measure.ts`)) as { measurement: AnyMeasurement };
  const { parts, files } = (await import(`./${name}/parts.ts`)) as {
    parts: (of: Measured<object>) => Record<string, string>;
    files?: (of: Measured<object>) => Record<string, string>;
  };
  const { lesson } = (await import(`./${name}/lesson.ts`)) as { lesson: Lesson<Record<string, unknown>> };
  return { measurement, parts, files, lesson };
};

describe('measured numbers', () => {
  it('are those of every page that has marked parts', () => {
    const pages = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/lesson.mdx`));
    const marked = pages.filter((name) => partsIn(readFileSync(`${folder}/${name}/lesson.mdx`, 'utf8')).length > 0);
    expect(marked).toEqual(names);
  });
});

describe.each(names)('the measured numbers of lesson %s', (name) => {
  it('come from the experiment as it is now', () => {
    expect(measured(name).made.inputs, `stale: run npm run tables -- ${name}`).toBe(inputsOf(name));
  });

  it('are of every run, with all parameters of the lesson', async () => {
    const { measurement, lesson } = await load(name);
    expect(measured(name).rows).toHaveLength(measurement.runs.length);
    const parameters = parametersOf(lesson).map(([parameter]) => parameter);
    for (const { params } of [...measurement.runs, measurement.sample])
      expect(Object.keys(params).sort()).toEqual(parameters.sort());
  });

  it('stand in the page as they were measured', async () => {
    const page = readFileSync(`${folder}/${name}/lesson.mdx`, 'utf8');
    const { parts, files } = await load(name);
    const written = parts(measured(name));
    for (const [file, text] of Object.entries(files?.(measured(name)) ?? {}))
      expect(readFileSync(`${folder}/${name}/${file}`, 'utf8'), `stale: run npm run tables -- ${name} --text`).toBe(
        text,
      );
    expect(page, `stale: run npm run tables -- ${name} --text`).toBe(withParts(page, written));
    const used = new Set(partsIn(page).map((part) => part.name));
    expect(Object.keys(written).filter((part) => !used.has(part))).toEqual([]);
  });

  // Measured on wasm, whose sums are the same on every processor. They come out again bit for bit, and rounded as they are stored.
  it.runIf(tf.getBackend() === 'wasm')('come out again for the sample', async () => {
    const { measurement } = await load(name);
    const row = await measureRun(measurement, measurement.sample, nodeData());
    expect(JSON.parse(JSON.stringify(row)), `stale: run npm run tables -- ${name}`).toEqual(measured(name).sample);
  });
});
