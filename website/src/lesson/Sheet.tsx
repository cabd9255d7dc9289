import Link from '@docusaurus/Link';
import type { LineAnswer, Prediction } from '@weightkit/lesson/page';
import type { ReactNode } from 'react';
import { lessonOf } from '../../../lessons/course.ts';
import styles from './lesson.module.css';

/** Empty axes, into which a line is drawn with a pen. */
function Axes({ line: { at, xLabel, yLabel, max } }: { line: LineAnswer }) {
  const [left, top, right, bottom] = [48, 12, 508, 204];
  const [first, last] = [at[0]!, at.at(-1)!];
  const x = (value: number) => left + ((right - left) * (value - first)) / (last - first);
  return (
    <svg className={styles.axes} viewBox="0 0 520 250" role="img" aria-label={`Empty axes: ${yLabel} by ${xLabel}`}>
      <path d={`M${left} ${top}V${bottom}H${right}`} />
      {at.map((value) => (
        <g key={value}>
          <path d={`M${x(value)} ${bottom}v5`} />
          <text x={x(value)} y={bottom + 19} textAnchor="middle">
            {value}
          </text>
        </g>
      ))}
      <text x={(left + right) / 2} y={bottom + 40} textAnchor="middle">
        {xLabel}
      </text>
      {[0, max].map((value) => (
        <text key={value} x={left - 6} y={value ? top + 8 : bottom} textAnchor="end">
          {value}
        </text>
      ))}
      <text transform={`translate(16 ${(top + bottom) / 2}) rotate(-90)`} textAnchor="middle">
        {yLabel}
      </text>
    </svg>
  );
}

/** Where the guess is written: boxes for its options, a place for a number, or axes for a line. */
function Guess({ answer }: { answer: Prediction['answer'] }) {
  if ('line' in answer) return <Axes line={answer.line} />;
  if ('options' in answer)
    return (
      <ul className={styles.boxes}>
        {answer.options.map((option) => (
          <li key={option}>{option}</li>
        ))}
      </ul>
    );
  const { min, max, unit } = answer;
  return (
    <p>
      My guess: <span className={styles.blank} /> {unit} (from {min} to {max})
    </p>
  );
}

interface SheetProps {
  lesson: string;
  questions: readonly string[];
  /** Its heading, which the list at the side of the page leads to. */
  children: ReactNode;
}

/** A lesson's question sheet: its prediction and its challenge as its about.ts has them, and its questions. */
export function Sheet({ lesson, questions, children }: SheetProps) {
  const { about } = lessonOf(lesson);
  const { question, predict, challenge, minutes, before } = about;
  return (
    <section className={styles.leaf} data-sheet={lesson}>
      {children}
      <p className={styles.place}>
        <Link to={`/lessons/${lesson}/`}>The lesson</Link>, {minutes} minutes. What to know before: {before.join(', ')}.
      </p>
      <p className={styles.named}>
        Name: <span className={styles.blank} /> Date: <span className={styles.blank} />
      </p>
      <p>
        <strong>{question}</strong>
      </p>
      <h3>Before you run it</h3>
      <p>{predict.question}</p>
      <Guess answer={predict.answer} />
      <h3>Questions</h3>
      <ol className={styles.asked}>
        {questions.map((asked) => (
          <li key={asked}>{asked}</li>
        ))}
      </ol>
      <h3>Your turn</h3>
      <p>{challenge}</p>
    </section>
  );
}

/** The answers of a lesson, which stand in its page. */
export function AnswerSheet({ lesson, children }: Pick<SheetProps, 'lesson' | 'children'>) {
  return (
    <section className={styles.leaf} data-sheet={lesson}>
      {children}
    </section>
  );
}
