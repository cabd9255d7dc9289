import { useCallback, useEffect, useRef, useState } from 'react';
import { loadInteractive } from '../show-values.ts';
import type { Check } from './command.ts';
import type { Given } from './given.ts';
import type { Changed, DrawnSection, Kind, News, Opened, Reply, Request, Saved, Work } from './protocol.ts';

/** Where a piece of work stands. */
export interface Standing {
  state: 'none' | 'busy' | 'done' | 'failed' | 'cancelled';
  /** What is being done, and how far it is, from 0 to 1. */
  what: string;
  done: number;
  /** Why it failed. */
  problem: string;
  seconds: number;
}

/** What the page shows. */
export interface View {
  work: Readonly<Record<Kind, Standing>>;
  opened?: Opened;
  check?: Check;
  sections: readonly DrawnSection[];
  tensor?: News & { type: 'tensor' };
  changed?: Changed;
  saved?: Saved;
}

const NONE: Standing = { state: 'none', what: '', done: 0, problem: '', seconds: 0 };
const EMPTY: View = { work: { model: NONE, tensor: NONE, change: NONE, save: NONE }, sections: [] };
const NOT_LOADED = 'A file of this site did not load. Load the page again, and choose the model again.';

const standing = (view: View, kind: Kind, change: Partial<Standing>): View => ({
  ...view,
  work: { ...view.work, [kind]: { ...view.work[kind], ...change } },
});

/** How a reply changes what is shown. */
function after(view: View, { kind, ...news }: News & { kind: Kind }): View {
  switch (news.type) {
    case 'progress':
      return standing(view, kind, { what: news.what, done: news.done });
    case 'opened':
      return { ...view, opened: news.opened };
    case 'checked':
      return { ...view, check: news.check };
    case 'drawn':
      return { ...view, sections: [...view.sections, news.section] };
    case 'tensor':
      return { ...view, tensor: news };
    case 'changed':
      return { ...view, changed: news.changed };
    case 'saved':
      return { ...view, saved: news.saved };
    case 'done':
      return standing(view, kind, { state: 'done', seconds: news.seconds });
    case 'cancelled':
      return standing(view, kind, { state: 'cancelled' });
    case 'failed':
      return standing(view, kind, { state: 'failed', problem: news.message });
  }
}

/** What the page does with models. */
export interface Model {
  view: View;
  /** Whether all is there that a model needs: from then on nothing is fetched. */
  ready: boolean;
  /** Starts the worker, if it is not there. */
  warm: () => void;
  /** Opens the model among files, once they are known. */
  open: (files: () => Promise<readonly Given[]>) => void;
  ask: (work: Work) => void;
  cancel: (kind: Kind) => void;
}

/**
 * The worker that opens models, and what it has said of the last one.
 *
 * @param width - how wide figures are drawn
 */
export function useModel(width: () => number): Model {
  const [view, setView] = useState(EMPTY);
  const [ready, setReady] = useState(false);
  const worker = useRef<Worker | undefined>(undefined);
  // What comes of work that another has taken the place of is of no use.
  const ids = useRef<Partial<Record<Kind, number>>>({});
  const count = useRef(0);
  useEffect(() => () => worker.current?.terminate(), []);

  const warm = useCallback(() => {
    if (worker.current) return;
    const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    // What shows the values of figures; without it they stand still.
    const interactive = loadInteractive().catch(() => undefined);
    made.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === 'ready') interactive.then(() => setReady(true));
      else if (ids.current[data.kind] === data.id) setView((before) => after(before, data));
    };
    made.onerror = (event) => {
      event.preventDefault();
      made.terminate();
      worker.current = undefined;
      setView((before) =>
        ids.current.model === undefined ? before : standing(EMPTY, 'model', { state: 'failed', problem: NOT_LOADED }),
      );
    };
  }, []);

  const post = useCallback(
    (request: Request) => {
      warm();
      worker.current!.postMessage(request);
    },
    [warm],
  );

  const ask = useCallback(
    (work: Work) => {
      const id = ++count.current;
      ids.current = work.kind === 'model' ? { model: id } : { ...ids.current, [work.kind]: id };
      const first = work.kind === 'model' ? { sections: [] } : {};
      setView((before) => ({ ...standing(before, work.kind, { ...NONE, state: 'busy' }), ...first }));
      post({ ...work, id });
    },
    [post],
  );

  const open = useCallback(
    (files: () => Promise<readonly Given[]>) => {
      const looking = standing(EMPTY, 'model', { state: 'busy', what: 'Looking for a model' });
      const turn = ++count.current;
      ids.current = { model: turn };
      setView(looking);
      files().then(
        (list) => {
          if (ids.current.model !== turn) return;
          ask({ kind: 'model', files: list, width: width() });
        },
        (error: Error) => {
          if (ids.current.model === turn)
            setView(standing(EMPTY, 'model', { state: 'failed', problem: error.message }));
        },
      );
    },
    [ask, width],
  );

  const cancel = useCallback((kind: Kind) => post({ kind: 'cancel', of: kind }), [post]);
  return { view, ready, warm, open, ask, cancel };
}
