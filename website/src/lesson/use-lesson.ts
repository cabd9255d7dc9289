import type { Choice, Values } from '@weightkit/lesson';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Backend, Description, Finish, Picture, Reply, Request } from './protocol.ts';

export type State = 'loading' | 'timing' | 'running' | 'stopped' | 'done' | 'failed' | 'idle';

/** Everything that a demo shows. */
export interface View {
  description: Description | undefined;
  state: State;
  done: number;
  label: string;
  backend: string | undefined;
  choice: Choice | undefined;
  pictures: Picture[];
  drawMilliseconds: number;
  finish: Finish | undefined;
  error: string | undefined;
}

const FIRST: View = {
  description: undefined,
  state: 'loading',
  done: 0,
  label: '',
  backend: undefined,
  choice: undefined,
  pictures: [],
  drawMilliseconds: 0,
  finish: undefined,
  error: undefined,
};

/** Milliseconds after which a worker that does not stop when asked to is ended. */
const PATIENCE = 1500;

/** What a reply changes. `id` is the current run: what earlier ones still say is not shown. */
function next(view: View, reply: Reply, id: number): View {
  if ('id' in reply && reply.id !== 0 && reply.id !== id) return view;
  switch (reply.type) {
    case 'ready':
      // A worker that starts anew describes the same lesson; only the first description starts a run.
      return { ...view, description: view.description ?? reply.description, state: 'idle' };
    case 'timing':
      return { ...view, state: 'timing', label: 'timing the back ends' };
    case 'backend':
      return { ...view, state: 'running', backend: reply.name, choice: reply.choice ?? view.choice };
    case 'progress':
      return { ...view, done: reply.done, label: reply.label };
    case 'pictures':
      return {
        ...view,
        pictures: reply.pictures,
        drawMilliseconds: Math.max(view.drawMilliseconds, reply.milliseconds),
      };
    case 'done':
      return { ...view, state: 'done', done: 1, finish: reply };
    case 'stopped':
      return { ...view, state: 'stopped' };
    case 'failed':
      return { ...view, state: 'failed', error: reply.message };
  }
}

/** A lesson in a worker of its own, from the moment that `active` is true until the component leaves the page. */
export function useLesson(lesson: string, base: string, active: boolean) {
  const [view, setView] = useState(FIRST);
  const worker = useRef<Worker | undefined>(undefined);
  const id = useRef(0);
  const patience = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const end = useCallback(() => {
    clearTimeout(patience.current);
    worker.current?.terminate();
    worker.current = undefined;
  }, []);

  const begin = useCallback(() => {
    const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const post = (request: Request) => made.postMessage(request);
    made.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.type === 'stopped' || data.type === 'done' || data.type === 'failed') clearTimeout(patience.current);
      setView((view) => next(view, data, id.current));
    };
    made.onerror = (event) => {
      event.preventDefault();
      const message = `The demo could not start (${event.message ?? 'its script did not load'}). Reload the page to try again.`;
      setView((view) => ({ ...view, state: 'failed', error: message }));
    };
    post({ type: 'open', lesson, base });
    worker.current = made;
    return made;
  }, [lesson, base]);

  useEffect(() => {
    if (!active) return;
    begin();
    return end;
  }, [active, begin, end]);

  const controls = useMemo(() => {
    const post = (request: Request) => (worker.current ?? begin()).postMessage(request);
    const stop = () => {
      if (!worker.current) return;
      post({ type: 'stop' });
      clearTimeout(patience.current);
      patience.current = setTimeout(() => {
        end();
        setView((view) => ({ ...view, state: 'stopped', choice: undefined }));
      }, PATIENCE);
    };
    return {
      run(values: Values, backend: Backend, width: number) {
        clearTimeout(patience.current);
        id.current++;
        setView((view) => ({
          ...view,
          state: 'running',
          done: 0,
          label: 'starting',
          drawMilliseconds: 0,
          finish: undefined,
          error: undefined,
        }));
        post({ type: 'run', id: id.current, values, backend, width });
      },
      stop,
      /** Stops and forgets what was drawn. */
      clear() {
        end();
        id.current++;
        setView(({ description, choice }) => ({ ...FIRST, description, choice, state: 'idle' }));
        begin();
      },
      draw(width: number) {
        worker.current?.postMessage({ type: 'draw', width } satisfies Request);
      },
    };
  }, [begin, end]);

  return { view, ...controls };
}
