import { checkValues, type Prediction, type Values } from '@weightkit/lesson/page';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

type Answer = Prediction['answer'];
type Guess = string | number;

function Ask({ answer, value, onChange }: { answer: Answer; value: Guess; onChange: (guess: Guess) => void }) {
  const id = useId();
  if ('options' in answer)
    return (
      <div className={styles.options}>
        {answer.options.map((option) => (
          <label key={option}>
            <input type="radio" name={id} required checked={value === option} onChange={() => onChange(option)} />{' '}
            {option}
          </label>
        ))}
      </div>
    );
  const { min, max, step, unit } = answer;
  return (
    <div className={styles.guess}>
      <input
        type="range"
        aria-label={`Your guess, ${unit}`}
        {...{ min, max, step }}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <output>
        {value} {unit}
      </output>
    </div>
  );
}

/** The guess and what came out on one scale, or among the options. */
function Laid({ answer, guess, right }: { answer: Answer; guess: Guess; right: Guess }) {
  if ('options' in answer)
    return (
      <ul className={styles.laid}>
        {[...new Set([...answer.options, String(right)])].map((option) => (
          <li key={option} data-right={option === right}>
            {option}
            {option === guess && ' ← your guess'}
            {option === right && ' ← what came out'}
          </li>
        ))}
      </ul>
    );
  const at = (value: Guess) => `${(100 * (Number(value) - answer.min)) / (answer.max - answer.min)}%`;
  return (
    <div className={styles.scale} aria-hidden="true">
      <span className={styles.yours} style={{ left: at(guess) }} />
      <span className={styles.out} style={{ left: at(right) }} />
    </div>
  );
}

/** A guess, the run that answers it, and then the explanation: `<Predict>Why it is so.</Predict>`. */
export function Predict({ children }: { children: ReactNode }) {
  const { about, view, run, busy } = useLesson();
  const { question, answer, values } = about.predict;
  const [guess, setGuess] = useState<Guess>('options' in answer ? '' : Math.round((answer.min + answer.max) / 2));
  const [committed, setCommitted] = useState<Guess>();
  const [right, setRight] = useState<Guess>();
  const asked = checkValues<Values>(about, values);
  const { finish } = view;
  // The answer stays when the reader goes on to other runs.
  if (committed !== undefined && right === undefined && finish)
    if (Object.keys(asked).every((name) => asked[name] === finish.values[name])) setRight(finish.answer);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setRight(undefined);
    setCommitted(guess);
    run(asked);
  };
  const unit = 'options' in answer ? '' : ` ${answer.unit}`;
  return (
    <section className={styles.predict} aria-label="Predict, then see">
      <form onSubmit={submit}>
        <p>
          <strong>Predict, then see.</strong> {question}
        </p>
        <Ask answer={answer} value={guess} onChange={setGuess} />
        <button type="submit" className="button button--primary button--sm">
          {committed === undefined ? 'This is my guess: run it' : 'Guess again'}
        </button>
      </form>
      <div aria-live="polite">
        {committed !== undefined && right === undefined && (
          <p>{busy ? 'Running …' : `You said ${committed}${unit}. The run that answers it is not done.`}</p>
        )}
        {committed !== undefined && right !== undefined && (
          <>
            <Laid answer={answer} guess={committed} right={right} />
            <p>
              You said {committed}
              {unit}. {committed === right ? 'That is what came out.' : `What came out: ${right}${unit}.`}
            </p>
          </>
        )}
      </div>
      <details className={styles.fold} {...(right !== undefined && { open: true })}>
        <summary>Why it is so</summary>
        {children}
      </details>
    </section>
  );
}
