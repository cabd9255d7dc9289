import { useId } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

/** A slider for the filter whose patches are shown. */
export function PickFilter() {
  const id = useId();
  const { values, change } = useLesson();
  return (
    <div className={styles.bar}>
      <label htmlFor={id}>Filter {String(values.filter)}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={15}
        value={Number(values.filter)}
        onChange={(event) => change('filter', Number(event.target.value))}
      />
    </div>
  );
}
