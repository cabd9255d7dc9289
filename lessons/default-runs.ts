import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { nodeData } from '@weightkit/datasets/node';
import { encodeResult, type Lesson, runLesson, type StoredRun } from '@weightkit/lesson';
import { expect } from 'vitest';

const folder = new URL('.', import.meta.url).pathname;

/** All lessons by the names of their folders. */
export const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[a-z-]+[\\/]lesson\.ts$/.test(path) && !path.startsWith('dist'))
  .map((path) => path.split(/[\\/]/)[0]!)
  .sort();

const { WEIGHTKIT_WALK: walk } = process.env;
const { lessons: walked, opened } = JSON.parse(walk || '{}') as { lessons?: string[]; opened?: string[] };
const chosen = tf.getBackend() === 'wasm' ? opened : walked;
/** Of them those that are tested on this backend by `npm test` (scripts/lib/affected.mjs): fewer on others than on wasm. */
export const namesHere = chosen ? names.filter((name) => chosen.includes(name)) : names;

export const load = async (name: string): Promise<Lesson> =>
  ((await import(`./${name}/lesson.ts`)) as { lesson: Lesson }).lesson;

export const readDefault = (name: string) =>
  JSON.parse(readFileSync(`${folder}/${name}/default.json`, 'utf8')) as StoredRun;

/** Runs a lesson with its own values and compares with what is kept, on wasm. */
export async function givesDefaultRun(name: string): Promise<void> {
  const lesson = await load(name);
  const { result, values } = await runLesson(lesson, {}, { data: nodeData() });
  const { summary, result: kept } = readDefault(name);
  const stale = `stale: run npm run tables -- ${name} --default`;
  expect(lesson.summary(result, values), stale).toEqual(summary);
  expect(encodeResult(result), stale).toEqual(kept);
}
