import { nearestValue } from '@weightkit/lesson/page';
import { useEffect, useId, useState } from 'react';
import type { FieldProps } from './Controls.tsx';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';

/** The color behind a word: blue where it speaks for the film, vermilion where it speaks against it. */
function shade(effect: number, most: number): string {
  const strength = Math.round(45 * Math.min(1, Math.abs(effect) / most));
  return `rgb(${effect < 0 ? '213 94 0' : '0 114 178'} / ${strength}%)`;
}

/** A review to type, and its words colored by what they do to the answer. */
export function ReviewField({ parameter, value, onChange }: FieldProps) {
  const id = useId();
  const [text, setText] = useState(String(value));
  const [said, setSaid] = useState('');
  useEffect(() => setText(String(value)), [value]);
  const table = useTable('words');
  // Until their numbers are there the words have no color.
  const plain = (text.toLowerCase().match(/[a-z]+(?:'[a-z]+)*|[0-9]+/g) ?? []).map(
    (word, i) => [String(i + 1), word, 0, 'yes'] as const,
  );
  const rows = table?.rows ?? plain;
  const most = Math.max(...rows.map(([, , effect]) => Math.abs(Number(effect))), 0.5);
  const take = () => {
    if (text === String(value)) return;
    const taken = nearestValue(parameter, text, value);
    setSaid(taken.said ?? '');
    setText(String(taken.value));
    onChange(taken.value);
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{parameter.label}</label>
      <textarea
        id={id}
        name="review"
        rows={3}
        maxLength={600}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          take();
        }}
      />
      <p className={styles.words}>
        {rows.map(([place, word, effect, known]) => (
          <span key={place}>
            <span
              className={styles.word}
              title={known === 'no' ? 'a word it does not know' : `effect ${Number(effect).toFixed(2)}`}
              style={{
                background: shade(Number(effect), most),
                textDecoration: known === 'no' ? 'line-through' : 'none',
              }}
            >
              {word}
            </span>{' '}
          </span>
        ))}
      </p>
      <small role="status" className={styles.said}>
        {said}
      </small>
    </div>
  );
}
