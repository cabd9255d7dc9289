import * as tf from '@tensorflow/tfjs';
import { checkRange } from '@weightkit/numerics/check';
import type { Data, Lesson, Progress } from './lesson.ts';
import { checkValues } from './parameters.ts';

export interface RunOptions<Result> {
  data: Data;
  onProgress?: ((progress: Progress<Result>) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds between two calls of onProgress at least, 0 or more. @defaultValue 100 */
  every?: number;
}

/** A finished run. */
export interface Outcome<Params, Result> {
  values: Params;
  result: Result;
  seconds: number;
  /** Tensors that the experiment kept: 0 unless it has a mistake. */
  leaked: number;
}

/** A pause between two tasks: in it a worker reads its messages and a terminal its signals. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
/** Milliseconds of work after which an experiment that awaits its progress gives a turn. */
const TURN_AFTER = 50;

/** Lets progress through at most every so many milliseconds, and gives the host a turn more often than a person notices. */
function throttle<Result>({ onProgress, signal, every = 100 }: RunOptions<Result>) {
  let shown = Number.NEGATIVE_INFINITY;
  let turned = performance.now();
  return (progress: Progress<Result>): void | Promise<void> => {
    const now = performance.now();
    if (now - shown >= every) {
      onProgress?.(progress);
      shown = performance.now();
    }
    if (now - turned < TURN_AFTER) return;
    return turn().then(() => {
      turned = performance.now();
      signal?.throwIfAborted();
    });
  };
}

/**
 * Runs a lesson's experiment on the current backend: checks the parameters, throttles its progress, and counts the tensors it
 * leaves.
 *
 * @param lesson - the lesson
 * @param given - values of parameters; the initial ones where none is given
 * @throws RangeError or TypeError for parameters, and whatever the experiment throws; an AbortError when stopped
 */
export async function runLesson<Params, Result>(
  lesson: Lesson<Params, Result>,
  given: Partial<Params>,
  options: RunOptions<Result>,
): Promise<Outcome<Params, Result>> {
  const values = checkValues(lesson, given);
  const { data, signal, every = 100 } = options;
  checkRange(every >= 0, 'runLesson: every must be 0 or more', every);
  signal?.throwIfAborted();
  const before = tf.memory().numTensors;
  const begin = performance.now();
  const result = await lesson.experiment(values, { data, signal, onProgress: throttle(options) });
  signal?.throwIfAborted();
  const seconds = (performance.now() - begin) / 1000;
  return { values, result, seconds, leaked: tf.memory().numTensors - before };
}
