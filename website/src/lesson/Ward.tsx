import type { Values } from '@weightkit/lesson/page';
import { useEffect, useState } from 'react';
import { FROM_WARD, PATIENTS } from '../../../lessons/debugging/cases.ts';
import { chartOf, type Entry, pointsOf, written } from '../../../lessons/debugging/chart.ts';
import type { Params } from '../../../lessons/debugging/experiment.ts';
import { useLesson } from './context.ts';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';

const NOTHING: Readonly<Record<string, Entry>> = {};

/** The patients, what the reader said of each, and the score. */
export function Ward() {
  const { view, values, busy, changeAll } = useLesson();
  const { seed } = values;
  const [score, setScore] = useState<{ seed: unknown; entries: Readonly<Record<string, Entry>> }>({
    seed,
    entries: NOTHING,
  });
  const table = useTable('verdict');
  const { finish, drawn } = view;
  // The table is of the run that is shown.
  const same = finish && drawn && sameValues(finish.values, drawn.values) ? finish.values : undefined;
  useEffect(() => {
    if (!same || !table || same.plant !== FROM_WARD) return;
    const params = same as unknown as Params;
    setScore((before) => {
      const entries = before.seed === params.seed ? before.entries : NOTHING;
      const after = written(entries[params.patient], params, chartOf(table));
      return after ? { seed: params.seed, entries: { ...entries, [params.patient]: after } } : { ...before, entries };
    });
  }, [same, table]);
  const entries = score.seed === seed ? score.entries : NOTHING;
  const all = Object.values(entries);
  const points = all.reduce((sum, entry) => sum + pointsOf(entry), 0);
  const agreed = all.filter(({ you, doctor }) => you === doctor).length;
  const told =
    all.length === 0
      ? 'No diagnosis so far.'
      : `${points} of ${3 * all.length} points with ${all.length} of ${PATIENTS.length} patients: one for the cause, one for the place, one for the treatment. You and doctor agree on ${agreed}.`;
  return (
    <section className={styles.predict} aria-label="The ward">
      <div className={styles.bar} style={{ marginBottom: '0.5rem' }}>
        {PATIENTS.map((patient) => (
          <button
            key={patient}
            type="button"
            className={`button button--sm ${entries[patient] ? 'button--primary' : 'button--secondary'}`}
            aria-pressed={values.patient === patient}
            aria-label={`Patient ${patient}${entries[patient] ? ', diagnosed' : ''}`}
            onClick={() =>
              changeAll({ patient, diagnosis: 'not yet', where: 'not yet', cure: 'none', plant: FROM_WARD } as Values)
            }
          >
            {patient}
          </button>
        ))}
      </div>
      <p aria-live="polite" style={{ minHeight: '3.2em' }}>
        {busy ? 'Running …' : `Patient ${values.patient} is shown. ${told}`}
      </p>
      {all.length > 0 && (
        // A region that scrolls must be reachable by the keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        <section className={styles.table} aria-label="Diagnoses so far" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {['patient', 'you', 'it was', 'doctor', 'treatment', 'points'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {PATIENTS.flatMap((patient) => {
                const entry = entries[patient];
                if (!entry) return [];
                const { you, planted, doctor, treatment } = entry;
                return (
                  <tr key={patient}>
                    <th scope="row">{patient}</th>
                    <td>{you}</td>
                    <td>{planted}</td>
                    <td>{doctor}</td>
                    <td>{treatment ?? 'not yet'}</td>
                    <td>{pointsOf(entry)} of 3</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      {all.length > 0 && (
        <button
          type="button"
          className="button button--secondary button--sm"
          onClick={() => setScore({ seed, entries: NOTHING })}
        >
          Clear the score
        </button>
      )}
    </section>
  );
}

const sameValues = (a: Values, b: Values): boolean => Object.keys(a).every((name) => a[name] === b[name]);
