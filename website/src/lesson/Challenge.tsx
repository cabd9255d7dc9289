import type { ReactNode } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

/** What the reader has to bring about, checked after every run: `<Challenge>A hint, hidden at first.</Challenge>`. */
export function Challenge({ children }: { children?: ReactNode }) {
  const { about, view, busy } = useLesson();
  const verdict = view.finish?.verdict;
  return (
    <section className={styles.predict} aria-label="Challenge" data-met={verdict?.met ?? false}>
      <p>
        <strong>Your turn.</strong> {about.challenge} Change the settings above; every run is checked here.
      </p>
      <p aria-live="polite">
        {busy ? 'Running …' : verdict ? `${verdict.met ? '✓ Done.' : 'Not yet.'} ${verdict.text}` : 'No run so far.'}
      </p>
      {children && (
        <details className={styles.fold}>
          <summary>A hint</summary>
          {children}
        </details>
      )}
    </section>
  );
}
