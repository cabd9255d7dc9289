import { useLesson } from './context.ts';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';
import { Pad } from './Pad.tsx';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Two fields to draw in, and how far the tower says that both are apart. */
export function DrawPair() {
  const { busy } = useLesson();
  const table = useTable('pair');
  const of = (what: string) => Number(table?.rows.find(([name]) => name === what)?.[1]);
  const [distance, same, different] = ['distance', 'same digit, further apart', 'different digits, further apart'].map(
    of,
  );
  const told = Number.isFinite(distance)
    ? `${distance!.toFixed(2)} apart. Of the unseen pairs of one digit ${percent(1 - same!)} are as near as that or nearer, of those of two digits ${percent(1 - different!)}.`
    : 'The tower has not been trained yet.';
  return (
    <section className={styles.predict} aria-label="Draw a pair">
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '1rem 2rem', marginBottom: '0.75rem' }}>
        <Pad name="left" label="Left image" />
        <Pad name="right" label="Right image" />
      </div>
      <p aria-live="polite" style={{ minHeight: '3.2em', margin: 0 }}>
        {busy ? 'Comparing …' : told}
      </p>
    </section>
  );
}
