import type { Weight } from '@weightkit/core';
import { checkPlainObject, checkRange } from '@weightkit/numerics/check';
import { checkSnapshot } from '../comparison/snapshot.ts';
import { checkHistory } from '../training/resume.ts';
import type { WatchHistory, WatchRecord } from '../training/watch-history.ts';
import { sizeOf } from '../values/read-values.ts';

const WHAT = 'doctor: history must be a history of watch';

function checkRecord({ weights, activations }: WatchRecord, i: number): void {
  for (const [path, at] of Object.entries(weights)) {
    const of = `${WHAT}: records[${i}] must have`;
    checkPlainObject(`${of} a record of ${path}`, at);
    checkPlainObject(`${of} the moments of ${path}`, at.moments);
    for (const name of ['update', 'gradient', 'fromPrevious'] as const)
      if (at[name] !== null && at[name] !== undefined) checkPlainObject(`${of} ${name} of ${path}, or null`, at[name]);
  }
  if (activations !== undefined) checkPlainObject(`${WHAT}: records[${i}] must have activations by path`, activations);
}

const names = (weights: readonly Weight[]): string => weights.map(({ path }) => path).join(', ');

/** Throws unless a history is one of weights that are among these. */
export function checkHistoryOf(weights: readonly Weight[], history: WatchHistory): void {
  checkHistory('doctor: history', history);
  for (const [i, record] of history.records.entries()) checkRecord(record, i);
  const paths = Object.keys(history.weights);
  checkRange(
    paths.length === 0 || weights.some(({ path }) => paths.includes(path)),
    `doctor: history must be of the model's weights (there are ${names(weights)})`,
    paths,
  );
}

/** Throws unless a snapshot has values of weights that are among these, as many as they have. */
export function checkBeforeOf(weights: readonly Weight[], before: unknown): void {
  checkSnapshot('doctor', 'before', before);
  checkRange(
    weights.some(({ path }) => before.has(path)),
    `doctor: before must be of the model's weights (there are ${names(weights)})`,
    [...before.keys()],
  );
  for (const weight of weights) {
    const values = before.get(weight.path);
    checkRange(
      values === undefined || values.length === sizeOf(weight),
      `doctor: before must have ${sizeOf(weight)} values of ${weight.path}`,
      values?.length,
    );
  }
}
