import { checkType } from '@weightkit/numerics/check';

/** How far a long run is. */
export interface RunProgress {
  /** Share done, in [0, 1]. */
  done: number;
  /** What is being done: `forward: conv1`. */
  label: string;
}

/** Options of functions that take long on a slow backend. */
export interface PaceOptions {
  /**
   * Is told how far the run is, ten times a second at most; what it returns is awaited. The run then leaves other tasks a turn.
   *
   * @defaultValue none
   */
  onProgress?: ((progress: RunProgress) => void | Promise<void>) | undefined;
  /**
   * Ends the run between two layers: the promise is rejected with the signal's reason, weights are as they were, and nothing
   * leaks.
   *
   * @defaultValue none
   */
  signal?: AbortSignal | undefined;
}

/** Throws unless the options are a function and an AbortSignal, or undefined. */
export function checkPace(fn: string, { onProgress, signal }: PaceOptions): void {
  checkType(
    onProgress === undefined || typeof onProgress === 'function',
    `${fn}: onProgress must be a function`,
    onProgress,
  );
  const { aborted, throwIfAborted } = (signal ?? {}) as Partial<AbortSignal>;
  checkType(
    signal === undefined || (typeof aborted === 'boolean' && typeof throwIfAborted === 'function'),
    `${fn}: signal must be an AbortSignal`,
    signal,
  );
}

/** Awaited between two layers; a number of steps is done then, of those announced. */
export type Pace = (label: string, steps?: number) => Promise<void>;

const EVERY = 100;

/** A task's turn, so that timers, messages and clicks come through: a promise alone would not let them. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The pace of a run of so many steps, which ends where `check` throws before one of them. */
export function paceOf({ onProgress, signal }: PaceOptions, total: number, check: () => void): Pace {
  let done = 0;
  let last = Number.NEGATIVE_INFINITY;
  return async (label, steps = 1) => {
    signal?.throwIfAborted();
    const now = performance.now();
    if ((onProgress || signal) && now - last >= EVERY) {
      await onProgress?.({ done: Math.min(1, done / total), label });
      await turn();
      last = performance.now();
      signal?.throwIfAborted();
    }
    check();
    done += steps;
  };
}
