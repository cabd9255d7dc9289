import { useCallback, useEffect, useRef, useState } from 'react';
import type { Level, Reply, Request, Shown } from './protocol.ts';
import { SILENT_SECONDS } from './silence.ts';

/** What a run has shown so far, in order. */
export type Piece = { type: 'line'; level: Level; text: string } | { type: 'figure'; figure: Shown };

/** Where a run stands. */
export interface Run {
  state: 'none' | 'loading' | 'running' | 'done' | 'failed' | 'stopped';
  pieces: readonly Piece[];
  /** What the status line says. */
  says: string;
  /** The line of the program that failed, from 1. */
  line: number | undefined;
}

const NONE: Run = { state: 'none', pieces: [], says: '', line: undefined };

/** Runs programs, each in a worker of its own that ends with it. */
export function useProgram(base: string): {
  run: Run;
  start: (code: string, width: number) => void;
  stop: () => void;
  clear: () => void;
} {
  const [run, setRun] = useState(NONE);
  const end = useRef<() => void>(() => {});
  useEffect(() => () => end.current(), []);

  const start = useCallback(
    (code: string, width: number) => {
      end.current();
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      let timer: ReturnType<typeof setTimeout>;
      const finish = (change: Partial<Run>) => {
        clearTimeout(timer);
        worker.terminate();
        end.current = () => {};
        setRun((before) => ({ ...before, ...change }));
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(
          () =>
            finish({
              state: 'stopped',
              says: `Stopped: nothing was heard of the program for ${SILENT_SECONDS} seconds. Does it ever end? A long one may print now and then.`,
            }),
          1000 * SILENT_SECONDS,
        );
      };
      // Many lines may come within a frame: they are shown together.
      let waiting: Piece[] = [];
      const flush = () => {
        if (waiting.length === 0) return;
        const now = waiting;
        waiting = [];
        setRun((before) => ({ ...before, pieces: [...before.pieces, ...now] }));
      };
      const add = (piece: Piece) => {
        if (waiting.push(piece) === 1) setTimeout(flush, 50);
      };
      end.current = () => finish({});
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        wait();
        switch (data.type) {
          case 'began': {
            const where = data.backend === '' ? '' : ` on the ${data.backend} backend`;
            setRun((before) => ({ ...before, state: 'running', says: `Running${where} …` }));
            break;
          }
          case 'line':
          case 'figure':
            add(data);
            break;
          case 'overflow':
            flush();
            finish({
              state: 'stopped',
              says: `Stopped: the program printed more than the ${data.lines.toLocaleString('en-US')} lines that are shown here.`,
            });
            break;
          case 'done': {
            flush();
            const left =
              data.tensors === 0 ? '' : `; ${data.tensors} tensor${data.tensors === 1 ? ' is' : 's are'} not disposed`;
            finish({ state: 'done', says: `Done in ${data.seconds.toFixed(data.seconds < 10 ? 2 : 0)} s${left}.` });
            break;
          }
          case 'failed':
            flush();
            finish({
              state: 'failed',
              says: data.line === undefined ? data.message : `${data.message} (line ${data.line})`,
              line: data.line,
            });
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        flush();
        finish({
          state: 'failed',
          says: `The program could not be run: ${event.message || 'a file of the site did not load'}. Press Run to try again.`,
        });
      };
      setRun({ ...NONE, state: 'loading', says: 'Loading what it imports …' });
      wait();
      const request: Request = { code, base, width };
      worker.postMessage(request);
    },
    [base],
  );

  const stop = useCallback(() => {
    end.current();
    setRun((before) => ({ ...before, state: 'stopped', says: 'Stopped.' }));
  }, []);

  const clear = useCallback(() => {
    end.current();
    setRun(NONE);
  }, []);

  return { run, start, stop, clear };
}
