import { useEffect, useRef, useState } from 'react';
import type { Params } from './params.ts';
import type { Outcome, Reply, Request } from './protocol.ts';

/**
 * Runs the experiment in a worker for each new set of parameters; the last good outcome stays until the next one. The worker, which
 * loads TensorFlow.js, starts with the first change.
 */
export function useOutcome(
  params: Params,
  width: number,
  changed: boolean,
): { outcome: Outcome | undefined; problem: string | undefined } {
  const worker = useRef<Worker | null>(null);
  const last = useRef(0);
  const [outcome, setOutcome] = useState<Outcome>();
  const [problem, setProblem] = useState<string>();

  useEffect(() => () => worker.current?.terminate(), []);

  useEffect(() => {
    if (width === 0 || !changed) return;
    if (!worker.current) {
      worker.current = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      worker.current.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data.id !== last.current) return;
        setProblem('message' in data ? data.message : undefined);
        if ('outcome' in data) setOutcome(data.outcome);
      };
      worker.current.onerror = () => setProblem('the worker could not be started');
    }
    last.current += 1;
    const request: Request = { id: last.current, params, width };
    worker.current.postMessage(request);
  }, [params, width, changed]);

  return { outcome, problem };
}
