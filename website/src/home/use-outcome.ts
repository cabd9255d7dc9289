import { useEffect, useRef, useState } from 'react';
import type { Params } from './params.ts';
import type { Outcome, Reply, Request } from './protocol.ts';

/** Runs the experiment in a worker for each new set of parameters; the last good outcome stays until the next one. */
export function useOutcome(
  params: Params,
  width: number,
): { outcome: Outcome | undefined; problem: string | undefined } {
  const worker = useRef<Worker | null>(null);
  const last = useRef(0);
  const [outcome, setOutcome] = useState<Outcome>();
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    made.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.id !== last.current) return;
      setProblem('message' in data ? data.message : undefined);
      if ('outcome' in data) setOutcome(data.outcome);
    };
    made.onerror = () => setProblem('the worker could not be started');
    worker.current = made;
    return () => made.terminate();
  }, []);

  useEffect(() => {
    if (width === 0) return;
    last.current += 1;
    const request: Request = { id: last.current, params, width };
    worker.current?.postMessage(request);
  }, [params, width]);

  return { outcome, problem };
}
