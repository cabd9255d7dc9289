import * as tf from '@tensorflow/tfjs-core';
import { allDone, type Weight } from '@weightkit/core';
import { readValues, type Values } from '../values/read-values.ts';
import type { Follower } from './follow-optimizer.ts';
import { cut, readTogether, type Taken } from './read-together.ts';
import { resumed } from './resume.ts';
import { plainNumbers, type WatchHistory, type WatchRecord } from './watch-history.ts';
import { goOnWatching, type RecordPlan, recordOf, startWatching, type Watched } from './watched.ts';

/** A history in the making. */
export interface Recorder {
  readonly history: WatchHistory;
  /** The step and epoch that the next record is of. */
  readonly now: { step: number; epoch: number };
  /** The step of the last record; there must be one. */
  lastStep(): number;
  /** Reads the values that the next record is compared with, where a history goes on and they are not known. */
  goOn(): Promise<void>;
  /** Adds a record; the first one fixes edges and start values. */
  record(at: WatchRecord['at'], logs: Record<string, number>, follower: Follower | null): Promise<WatchRecord>;
}

const readAll = (weights: readonly Weight[]): Promise<Values[]> => allDone(weights.map(readValues));

/** Hands over what each holds; all of it is freed where one fails. */
function takeAll(sources: readonly { take(): Taken<unknown> }[]): Taken<unknown>[] {
  const taken: Taken<unknown>[] = [];
  try {
    for (const source of sources) taken.push(source.take());
    return taken;
  } catch (error) {
    tf.dispose(taken.map(({ tensors }) => [...tensors]));
    throw error;
  }
}

/** What they say, in one download for all. */
async function finishAll(taken: readonly Taken<unknown>[]): Promise<unknown[]> {
  const tensors = taken.flatMap((one) => one.tensors);
  try {
    const values = await readTogether(tensors);
    const own = cut(
      values,
      taken.map((one) => one.tensors.length),
    );
    return taken.map((one, i) => one.finish(own[i]!));
  } finally {
    tf.dispose(tensors);
  }
}

/** Starts a history of these weights, or goes on with one. */
export function makeRecorder(weights: readonly Weight[], plan: RecordPlan & { resume: WatchHistory | null }): Recorder {
  const history = resumed(plan.resume, weights);
  const { step, epoch } = history.records.at(-1) ?? { step: 0, epoch: -1 };
  const now = { step, epoch };
  let watched: Watched[] = [];
  return {
    history,
    now,
    lastStep: () => history.records[history.records.length - 1]!.step,
    async goOn() {
      if (watched.length > 0) return;
      const last = history.records[history.records.length - 1]!.weights;
      const values = await readAll(weights);
      watched = weights.map((weight, i) => {
        const { path } = weight;
        return goOnWatching(weight, values[i]!, plan, history.weights[path]!, last[path]);
      });
    },
    async record(at, logs, follower) {
      const taken = follower ? takeAll([...follower.gauges, follower.activations]) : [];
      const [values, said] = await allDone([readAll(weights), finishAll(taken)]);
      if (history.records.length === 0) {
        watched = weights.map((weight, i) => startWatching(weight, values[i]!, plan));
        for (const { weight, about } of watched) history.weights[weight.path] = about;
      }
      const readings = said as Parameters<typeof recordOf>[2][];
      const byPath = Object.fromEntries(
        watched.map((one, i) => [one.weight.path, recordOf(one, values[i]!, readings[i] ?? null)]),
      );
      const record: WatchRecord = { ...now, at, logs: plainNumbers(logs), weights: byPath };
      if (follower?.hasLayers) record.activations = said[said.length - 1] as NonNullable<WatchRecord['activations']>;
      history.records.push(record);
      return record;
    },
  };
}
