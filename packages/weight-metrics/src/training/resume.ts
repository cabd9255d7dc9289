import type { Weight } from '@weightkit/core';
import { checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import type { WatchHistory } from './watch-history.ts';

/**
 * Throws unless a value has the form of a history.
 *
 * @param name - function and argument, for the message: `watch: resume`
 */
export function checkHistory(name: string, history: WatchHistory): void {
  const what = `${name} must be a history of watch`;
  checkPlainObject(what, history);
  checkPlainObject(`${what}, with weights`, history.weights);
  checkType(Array.isArray(history.records), `${what}, with records`, history.records);
  for (const [i, record] of Array.from(history.records).entries()) {
    checkPlainObject(`${what}: records[${i}] must be a record`, record);
    checkPlainObject(`${what}: records[${i}] must have weights`, record.weights);
    checkType(
      Number.isSafeInteger(record.step) && record.step >= 0 && Number.isSafeInteger(record.epoch),
      `${what}: records[${i}] must have step and epoch`,
      record,
    );
  }
}

/** A copy of a history, for the same weights; an empty one of a history without records. */
export function resumed(history: WatchHistory | null, weights: readonly Weight[]): WatchHistory {
  if (history === null || history.records.length === 0) return { weights: {}, records: [] };
  const about = Object.entries(history.weights);
  for (const { path, shape } of weights) {
    const known = history.weights[path];
    checkRange(
      known !== undefined && `${known.shape}` === `${shape}`,
      `watch: resume must be a history of the watched weights, with ${path} of shape [${shape}]`,
      known === undefined ? about.map(([name]) => name) : known.shape,
    );
    const { edges } = known;
    checkType(
      edges === null || (Array.isArray(edges) && edges.length >= 2 && edges.every(Number.isFinite)),
      `watch: resume must have the edges of ${path}, or null`,
      edges,
    );
  }
  checkRange(
    about.length === weights.length,
    'watch: resume must be a history of the watched weights alone',
    about.map(([name]) => name),
  );
  return structuredClone(history);
}
