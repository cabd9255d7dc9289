import { useId } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

/** Goes through the moments of what is shown. */
export function Scrubber() {
  const { moments, moment, busy, goTo, about } = useLesson();
  const id = useId();
  const last = Math.max(0, moments.length - 1);
  if (moments.length === 0) return null;
  const at = busy ? last : Math.min(moment ?? last, last);
  return (
    <div className={styles.scrubber}>
      <label htmlFor={id}>Go to</label>
      <input
        id={id}
        type="range"
        min={0}
        max={last}
        step={1}
        value={at}
        disabled={busy || last === 0}
        aria-valuetext={moments[at]}
        aria-label={`Go to a moment of the run: ${about.title}`}
        onChange={(event) => goTo(event.target.valueAsNumber)}
      />
      <output htmlFor={id}>{moments[at]}</output>
    </div>
  );
}
