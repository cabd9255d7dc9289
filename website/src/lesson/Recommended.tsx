import { useLesson } from './context.ts';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';
import { Settings } from './Settings.tsx';

/** What `recommend` says of the layer that the reader chooses. */
export function Recommended() {
  const { values, view } = useLesson();
  const table = useTable('advice');
  // The answer belongs to the layer of its run.
  const current =
    view.drawn === undefined || (view.drawn.values.layer === values.layer && view.drawn.values.after === values.after);
  return (
    <section className={styles.predict} aria-label="Recommended for your layer">
      <p>
        <strong>Which initializer for your layer, and why?</strong>
      </p>
      <Settings of={['layer', 'after']} />
      <div aria-live="polite">
        {current && table ? (
          table.rows.map(([weight, law, , reason, reference]) => (
            <p key={weight}>
              <code>{weight}</code>: <strong>{law}</strong>. {reason}. <small>{reference}</small>
            </p>
          ))
        ) : (
          <p>…</p>
        )}
      </div>
    </section>
  );
}
