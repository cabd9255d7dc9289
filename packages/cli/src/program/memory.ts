import { bytesText } from '../output/numbers.ts';
import { UsageError } from '../output/usage-error.ts';
import type { Host } from './host.ts';

const EVERY = 50;

/**
 * Watches the memory of the process where a limit is given. What goes beyond it is stopped as by Ctrl-C, so that nothing is left
 * behind.
 */
export function watchMemory(limit: number | undefined, host: Host): { signal: AbortSignal; stop: () => void } {
  if (limit === undefined) return { signal: host.signal, stop: () => {} };
  const controller = new AbortController();
  const check = (): void => {
    const memory = host.memory();
    if (memory > limit)
      controller.abort(
        new UsageError(
          `--memory ${bytesText(limit)} is not enough, the process takes ${bytesText(memory)}`,
          'give more, or split the work by --shard',
        ),
      );
  };
  check();
  const timer = setInterval(check, EVERY);
  timer.unref();
  return { signal: AbortSignal.any([host.signal, controller.signal]), stop: () => clearInterval(timer) };
}
