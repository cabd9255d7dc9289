import { Field, type FieldProps } from './Controls.tsx';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

/** The control of a seed, and a button that repeats the run with as many new seeds as it had. */
export function NewSeeds(props: FieldProps) {
  const { values, run, busy } = useLesson();
  const { name, parameter, value } = props;
  const most = parameter.kind === 'integer' ? parameter.max : 0;
  const next = (value as number) + (values.pairs as number);
  return (
    <div>
      <Field {...props} />
      <div className={styles.bar}>
        <button
          type="button"
          className="button button--secondary button--sm"
          aria-disabled={busy}
          onClick={() => busy || run({ ...values, [name]: next > most ? 0 : next })}
        >
          Does it hold? New seeds
        </button>
      </div>
    </div>
  );
}
