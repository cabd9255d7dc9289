import type { ReactNode } from 'react';
import styles from './lesson.module.css';

/** A question whose answer is hidden until it is asked for: `<Question ask="Why?">Because.</Question>`. */
export function Question({ ask, children }: { ask: ReactNode; children: ReactNode }) {
  return (
    <details className={styles.ask}>
      <summary>{ask}</summary>
      <div>{children}</div>
    </details>
  );
}
