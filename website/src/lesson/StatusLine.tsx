import { useId } from 'react';
import styles from './lesson.module.css';
import type { View } from './use-lesson.ts';

const STATES: Record<View['state'], string> = {
  loading: 'Loading',
  timing: 'Timing the back ends',
  running: 'Running',
  stopped: 'Stopped',
  done: 'Done',
  failed: 'Failed',
  idle: 'Ready',
};

/** How far a run is, what it found, and what went wrong; only its beginning and its end are read out. */
export function StatusLine({ view, problem }: { view: View; problem: string | undefined }) {
  const id = useId();
  const { state, done, label, finish, error } = view;
  const running = state === 'running' || state === 'timing';
  const seconds = finish ? ` in ${finish.seconds.toFixed(1)} s` : '';
  return (
    <div className={styles.status}>
      <div className={styles.progress}>
        <label htmlFor={id}>{running && label ? label : `${STATES[state]}${seconds}`}</label>
        <progress id={id} max={1} value={done} />
      </div>
      <div aria-live="polite" className={styles.summary}>
        {running && <p className={styles.hidden}>{STATES[state]}</p>}
        {state === 'stopped' && <p>Stopped. The figures show how far it came.</p>}
        {finish?.summary.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {(error ?? problem) && (
        <p role="alert" className={styles.error}>
          {error ?? problem}
        </p>
      )}
    </div>
  );
}
