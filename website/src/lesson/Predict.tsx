import { checkValues, type Prediction, type Values } from '@weightkit/lesson/page';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useLesson } from './context.ts';
import { DrawLine } from './DrawLine.tsx';
import styles from './lesson.module.css';
import { type Drawing, inWords, whole } from './line-guess.ts';
import type { Finish } from './protocol.ts';

type Answer = Exclude<Prediction['answer'], { line: unknown }>;
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

/** What the reader said and what came out, laid over each other. */
function Outcome({ answer, guess, right }: { answer: Answer; guess: Guess; right: Guess }) {
  const unit = 'options' in answer ? '' : ` ${answer.unit}`;
  return (
    <>
      <Laid answer={answer} guess={guess} right={right} />
      <p>
        You said {guess}
        {unit}. {guess === right ? 'That is what came out.' : `What came out: ${right}${unit}.`}
      </p>
    </>
  );
}

const numbersOf = (answer: Finish['answer']): readonly number[] => answer as readonly number[];

/** A guess, the run that answers it, and then the explanation: `<Predict>Why it is so.</Predict>`. */
export function Predict({ children }: { children: ReactNode }) {
  const { about, view, run, busy } = useLesson();
  const { question, answer, values } = about.predict;
  const line = 'line' in answer ? answer.line : undefined;
  const [guess, setGuess] = useState<Guess>('min' in answer ? Math.round((answer.min + answer.max) / 2) : '');
  const [drawing, setDrawing] = useState<Drawing>(() => line?.at.map(() => undefined) ?? []);
  const [missing, setMissing] = useState(false);
  const [committed, setCommitted] = useState<Guess | readonly number[]>();
  const [right, setRight] = useState<Finish['answer']>();
  const asked = checkValues<Values>(about, values);
  const { finish } = view;
  // The answer stays when the reader goes on to other runs.
  if (committed !== undefined && right === undefined && finish)
    if (Object.keys(asked).every((name) => asked[name] === finish.values[name])) setRight(finish.answer);
  const drawn = line && whole(line.at, drawing);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(line !== undefined && drawn === undefined);
    if (line && !drawn) return;
    setRight(undefined);
    setCommitted(drawn ?? guess);
    run(asked);
  };
  const again = () => {
    setCommitted(undefined);
    setRight(undefined);
  };
  const words = (heights: readonly number[]) => inWords(line!.at, heights, line!.xLabel);
  const said = line ? 'Your line is kept.' : `You said ${committed}${'min' in answer ? ` ${answer.unit}` : ''}.`;
  return (
    <section className={styles.predict} aria-label="Predict, then see">
      <form onSubmit={submit}>
        <p>
          <strong>Predict, then see.</strong> {question}
        </p>
        {'line' in answer ? (
          <DrawLine
            line={answer.line}
            drawing={drawing}
            onChange={(next) => {
              setMissing(false);
              if (right !== undefined) again();
              setDrawing(next);
            }}
            right={right === undefined ? undefined : numbersOf(right)}
          />
        ) : (
          <Ask answer={answer} value={guess} onChange={setGuess} />
        )}
        <button type="submit" className="button button--primary button--sm">
          {committed === undefined ? 'This is my guess: run it' : 'Guess again'}
        </button>
        {missing && <p role="alert">Draw your line first, or move the slider below the axes.</p>}
      </form>
      <div aria-live="polite">
        {committed !== undefined && right === undefined && (
          <p>{busy ? 'Running …' : `${said} The run that answers it is not done.`}</p>
        )}
        {committed !== undefined &&
          right !== undefined &&
          ('line' in answer ? (
            <p>
              You drew a line {words(numbersOf(committed as readonly number[]))}. What came out:{' '}
              {words(numbersOf(right))}.
            </p>
          ) : (
            <Outcome answer={answer} guess={committed as Guess} right={right as Guess} />
          ))}
      </div>
      <details className={styles.fold} {...(right !== undefined && { open: true })}>
        <summary>Why it is so</summary>
        {children}
      </details>
    </section>
  );
}
