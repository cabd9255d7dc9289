import { useLesson } from './context.ts';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';
import { Pad } from './Pad.tsx';

/** A field to draw in, and which filter answers most to what is there. */
export function DrawImage() {
  const { busy } = useLesson();
  const rows = useTable('maps')?.rows ?? [];
  const strongest = rows.reduce<(typeof rows)[number] | undefined>(
    (most, row) => (most === undefined || Number(row[2]) > Number(most[2]) ? row : most),
    undefined,
  );
  const silent = rows.filter((row) => Number(row[3]) === 0).length;
  const told = strongest
    ? `Filter ${strongest[0]} has the largest answer, ${Number(strongest[2]).toFixed(2)}. ${silent === 0 ? 'Each filter answers above 0 somewhere' : `${silent} of ${rows.length} filters answer above 0 nowhere`}.`
    : '';
  return (
    <section className={styles.predict} aria-label="Draw an image">
      <Pad name="image" label="Your image" />
      <p aria-live="polite" style={{ minHeight: '3.2em', margin: '0.75rem 0 0' }}>
        {busy ? 'Answering …' : told}
      </p>
    </section>
  );
}
