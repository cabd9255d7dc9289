import { useLocation } from '@docusaurus/router';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { fromSearch, initialValues, toSearch, type Values } from '@weightkit/lesson';
import { useCallback, useEffect, useRef, useState } from 'react';
import { BackendPicker } from './BackendPicker.tsx';
import { Controls, type Value } from './Controls.tsx';
import { Figures } from './Figures.tsx';
import styles from './lesson.module.css';
import type { Backend, Description } from './protocol.ts';
import { Source } from './Source.tsx';
import { StatusLine } from './StatusLine.tsx';
import { useLesson } from './use-lesson.ts';
import { useInView, useWidth } from './use-place.ts';

/** Below this width of the demo a row has one figure, from it on two. */
const TWO_COLUMNS = 760;
const GAP = 16;

const figureWidth = (width: number): number =>
  Math.round(Math.min(640, Math.max(240, width >= TWO_COLUMNS ? (width - GAP) / 2 : width)));

/** What the address asks for, or the initial values and what is wrong with it. */
function valuesOf(description: Description): { values: Values; problem?: string } {
  try {
    return { values: fromSearch<Values>(description, window.location.search) };
  } catch (error) {
    const problem = `The address asks for what the lesson does not have: ${(error as Error).message}. It runs with its own values.`;
    return { values: initialValues<Values>(description), problem };
  }
}

/** Shows the values in the address; the browser's history gets no entry for each turn of a control. */
function writeAddress(description: Description, values: Values): void {
  const { pathname, search, hash } = window.location;
  const wanted = toSearch(description, values, search);
  if (wanted !== search) window.history.replaceState(window.history.state, '', `${pathname}${wanted}${hash}`);
}

export function LiveDemo({ lesson }: { lesson: string }) {
  const root = useRef<HTMLDivElement>(null);
  const base = useBaseUrl('/');
  const location = useLocation();
  const width = figureWidth(useWidth(root));
  const inView = useInView(root);
  const { view, run, stop, clear, draw } = useLesson(lesson, base, inView);
  const { description, state, pictures, error } = view;
  const [values, setValues] = useState<Values>();
  const [problem, setProblem] = useState<string>();
  const [backend, setBackend] = useState<Backend>('auto');
  const busy = state === 'running' || state === 'timing';

  // When the lesson is there, and when a link or the browser's buttons change the address: do what the address says.
  useEffect(() => {
    if (!description) return;
    const asked = valuesOf(description);
    setProblem(asked.problem);
    setValues(asked.values);
    run(asked.values, backend, width);
  }, [description, location]);

  useEffect(() => draw(width), [width]);

  const change = useCallback(
    (name: string, value: Value) => {
      setProblem(undefined);
      setValues((before) => {
        const changed = { ...before, [name]: value } as Values;
        writeAddress(description!, changed);
        return changed;
      });
    },
    [description],
  );
  const reset = () => {
    const initial = initialValues<Values>(description!);
    setValues(initial);
    setProblem(undefined);
    writeAddress(description!, initial);
    clear();
  };

  return (
    <div ref={root} className={styles.demo} data-lesson={lesson} data-state={state} data-tensors={view.finish?.tensors}>
      {description && values ? (
        <Controls parameters={description.parameters} values={values} onChange={change} />
      ) : (
        <p className={styles.waiting}>{error ? '' : 'The demo is loading.'}</p>
      )}
      {description && values && (
        <div className={styles.bar}>
          <button type="button" className="button button--primary" onClick={() => run(values, backend, width)}>
            {busy ? 'Run again' : 'Run'}
          </button>
          <button
            type="button"
            className="button button--secondary"
            aria-disabled={!busy}
            onClick={() => busy && stop()}
          >
            Stop
          </button>
          <button type="button" className="button button--secondary" onClick={reset}>
            Reset
          </button>
          <BackendPicker choice={view.choice} used={view.backend} value={backend} onChange={setBackend} />
        </div>
      )}
      <StatusLine view={view} problem={problem} />
      <Figures pictures={pictures} />
      <details className={styles.source} open>
        <summary>The code that runs here</summary>
        <Source lesson={lesson} />
      </details>
    </div>
  );
}
