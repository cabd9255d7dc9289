import { useId } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';
import type { View } from './use-run.ts';

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} minutes`;

function textOf({ state, label, finish, drawn, seconds, light }: View, stale: boolean): string {
  if (state === 'timing' || state === 'running') return label;
  if (state === 'failed') return 'Failed.';
  if (state === 'held' && light && !stale)
    return `Shown without what takes longer. Run it to see everything: about ${duration(seconds)}.`;
  if (stale) {
    const time = state === 'held' ? ` It takes about ${duration(seconds)}.` : '';
    return `Settings changed: the figures are of an earlier run. Run again.${time}`;
  }
  if (state === 'stopped') return 'Stopped. The figures show how far it came.';
  if (finish?.derived) return 'The same weights: nothing was trained for this.';
  if (finish) return `Done in ${finish.seconds.toFixed(1)} s.`;
  return drawn ? 'Ready.' : 'This run was made in advance. Change a setting, or run it here.';
}

/** How far a run is, what it found, and what went wrong; only its beginning and its end are read out. */
export function StatusLine() {
  const { view, stale, busy, said } = useLesson();
  const id = useId();
  const { done, finish, error } = view;
  return (
    <div className={styles.status} data-stale={stale}>
      <div className={styles.progress}>
        <label htmlFor={id} aria-hidden={!busy}>
          {textOf(view, stale)}
        </label>
        <progress id={id} max={1} value={busy ? done : finish ? 1 : 0} />
      </div>
      <div aria-live="polite" className={styles.hidden}>
        {busy ? 'Running' : `${textOf(view, stale)} ${finish?.summary.join(' ') ?? ''}`}
      </div>
      {(error !== undefined || said.length > 0) && (
        <div role="alert" className={styles.error}>
          {error && <p>{error}</p>}
          {said.length > 0 && <p>The address asks for what the lesson does not have.</p>}
          {said.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
    </div>
  );
}
