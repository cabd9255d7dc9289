import type { Choice, Values } from '@weightkit/lesson';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Backend, Drawn, Finish, Reply, Request, Wanted } from './protocol.ts';

export type State = 'idle' | 'timing' | 'running' | 'held' | 'stopped' | 'done' | 'failed';

/** What a lesson's worker has told so far. */
export interface View {
  state: State;
  done: number;
  label: string;
  backend: string | undefined;
  choice: Choice | undefined;
  /** Seconds that a run would take that was not started for that reason. */
  seconds: number;
  /** Whether it was run without what takes longer. */
  light: boolean;
  /** What was drawn last; the default run's files are shown where undefined. */
  drawn: Drawn | undefined;
  /** Whether `drawn` has all figures of its run; while it goes on it has those that are in view. */
  whole: boolean;
  pinned: Drawn | undefined;
  finish: Finish | undefined;
  error: string | undefined;
}

const FIRST: View = {
  state: 'idle',
  done: 0,
  label: '',
  backend: undefined,
  choice: undefined,
  seconds: 0,
  light: false,
  drawn: undefined,
  whole: true,
  pinned: undefined,
  finish: undefined,
  error: undefined,
};

/** Milliseconds after which a worker that does not stop when asked to is ended. */
const PATIENCE = 1500;

/** What a reply changes. `id` is the current run: what earlier ones still say of themselves is not shown. */
function next(view: View, reply: Reply, id: number, generation: number): View {
  if ('id' in reply && reply.id !== 0 && reply.id !== id) return view;
  if ('generation' in reply && reply.generation !== generation) return view;
  switch (reply.type) {
    case 'ready':
      return view;
    case 'timing':
      return { ...view, state: 'timing', label: 'Timing the backends' };
    case 'backend':
      return {
        ...view,
        // What follows a control says nothing of itself.
        state: view.state === 'timing' ? 'running' : view.state,
        backend: reply.name,
        choice: reply.choice ?? view.choice,
      };
    case 'held':
      return { ...view, state: 'held', seconds: reply.seconds, light: reply.light };
    case 'progress':
      return { ...view, done: reply.done, label: reply.label };
    case 'pictures':
      return { ...view, drawn: reply.drawn, whole: reply.whole };
    case 'pinned':
      return { ...view, pinned: reply.drawn };
    case 'done':
      return { ...view, state: 'done', done: 1, finish: reply.finish };
    case 'stopped':
      return { ...view, state: 'stopped' };
    case 'failed':
      return { ...view, state: 'failed', error: reply.message };
  }
}

/** A lesson in a worker of its own, which is started when it is first needed and ended when the component leaves the page. */
export function useRun(lesson: string, base: string) {
  const [view, setView] = useState(FIRST);
  const worker = useRef<Worker | undefined>(undefined);
  const id = useRef(0);
  const generation = useRef(0);
  /** Whether the worker has failed: one that could not load a part of itself is of no use any more. */
  const broken = useRef(false);
  const patience = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** The reader's own pictures. */
  const pictures = useRef<readonly File[]>([]);
  /** Whether a run follows a control now, and what the control asks for since. */
  const following = useRef<{ next: (() => void) | undefined } | undefined>(undefined);

  const end = useCallback(() => {
    clearTimeout(patience.current);
    following.current = undefined;
    worker.current?.terminate();
    worker.current = undefined;
  }, []);
  useEffect(() => end, [end]);

  const actions = useMemo(() => {
    const begin = (): Worker => {
      const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      made.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (made !== worker.current) return;
        if (data.type === 'failed') broken.current = true;
        if (data.type === 'stopped' || data.type === 'done' || data.type === 'failed') clearTimeout(patience.current);
        setView((view) => next(view, data, id.current, generation.current));
        const ended = data.type === 'done' || data.type === 'held' || data.type === 'stopped' || data.type === 'failed';
        if (ended && data.id === id.current) {
          const then = following.current?.next;
          following.current = undefined;
          then?.();
        }
      };
      made.onerror = (event) => {
        event.preventDefault();
        if (made !== worker.current) return;
        end();
        const why = event.message || 'its script did not load';
        const error = `The lesson could not start here (${why}). The figures stay as they are. Press Run to try again.`;
        setView((view) => ({ ...view, state: 'failed', error }));
      };
      worker.current = made;
      broken.current = false;
      made.postMessage({ type: 'open', lesson, base } satisfies Request);
      if (pictures.current.length > 0)
        made.postMessage({ type: 'pictures', files: pictures.current } satisfies Request);
      if (generation.current > 0)
        made.postMessage({ type: 'forget', generation: generation.current } satisfies Request);
      return made;
    };
    const post = (request: Request) => (worker.current ?? begin()).postMessage(request);
    const follow = (values: Values, backend: Backend, wanted: Wanted): void => {
      if (following.current) {
        following.current.next = () => follow(values, backend, wanted);
        return;
      }
      clearTimeout(patience.current);
      if (broken.current) end();
      following.current = { next: undefined };
      id.current++;
      setView((view) => (view.error === undefined ? view : { ...view, error: undefined }));
      post({ type: 'run', id: id.current, values, backend, wanted, auto: true });
    };
    return {
      /** Runs as soon as the run before is done, of several that wait the last one; what is shown stays until then. */
      follow,
      /** Loads what a run needs, so that the first one starts sooner. */
      prepare() {
        if (!worker.current) begin();
      },
      run(values: Values, backend: Backend, wanted: Wanted, auto: boolean) {
        clearTimeout(patience.current);
        if (broken.current) end();
        following.current = undefined;
        id.current++;
        setView((view) => ({
          ...view,
          state: 'running',
          done: 0,
          label: 'Starting',
          finish: undefined,
          error: undefined,
        }));
        post({ type: 'run', id: id.current, values, backend, wanted, auto });
      },
      stop() {
        if (!worker.current) return;
        post({ type: 'stop' });
        clearTimeout(patience.current);
        patience.current = setTimeout(() => {
          end();
          setView((view) => ({ ...view, state: 'stopped', choice: undefined }));
        }, PATIENCE);
      },
      /** Stops, and shows the default run again. */
      clear() {
        clearTimeout(patience.current);
        following.current = undefined;
        id.current++;
        generation.current++;
        setView(({ choice, backend }) => ({ ...FIRST, choice, backend }));
        worker.current?.postMessage({ type: 'forget', generation: generation.current } satisfies Request);
      },
      /** Gives later runs pictures, or takes them away. */
      give(files: readonly File[]) {
        pictures.current = files;
        worker.current?.postMessage({ type: 'pictures', files } satisfies Request);
      },
      draw(wanted: Wanted) {
        post({ type: 'draw', wanted });
      },
      pin(width: number) {
        post({ type: 'pin', width });
      },
      unpin() {
        setView((view) => ({ ...view, pinned: undefined }));
      },
    };
  }, [lesson, base, end]);

  return { view, ...actions };
}
