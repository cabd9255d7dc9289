import { useEffect, useId, useState } from 'react';
import { byHand, exampleOf } from '../../../lessons/what-a-weight-is/product.ts';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

const sign = (value: number): string => String(Number(value.toFixed(2))).replace('-', '−');
/** A number after a plus or a product, in brackets where it is negative. */
const inSum = (value: number): string => (value < 0 ? `(${sign(value)})` : sign(value));

interface MatrixProps {
  name: string;
  cells: readonly (readonly string[])[];
  /** Whether a cell takes part in the step, or is the one that is looked at. */
  state: (row: number, column: number) => 'now' | 'part' | undefined;
}

function Matrix({ name, cells, state }: MatrixProps) {
  return (
    <table className={styles.matrix}>
      <caption>{name}</caption>
      <tbody>
        {cells.map((row, r) => (
          <tr key={r}>
            {row.map((cell, c) => (
              <td key={c} data-state={state(r, c)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const turn = <T,>(rows: readonly (readonly T[])[]): T[][] => rows[0]!.map((_, c) => rows.map((row) => row[c]!));

/** y = Wx + b, one product after the other, in either convention. */
export function Multiply() {
  const { values } = useLesson();
  const id = useId();
  const { seed, inputs, outputs, convention } = values as {
    seed: number;
    inputs: number;
    outputs: number;
    convention: string;
  };
  const [step, setStep] = useState(0);
  useEffect(() => setStep(0), [seed, inputs, outputs]);
  const example = exampleOf(seed, inputs, outputs);
  const sums = byHand(example);
  // A step for each product and one for the bias.
  const each = inputs + 1;
  const last = outputs * each - 1;
  const at = Math.min(step, last);
  const [output, part] = [Math.floor(at / each), at % each];
  const { terms, bias, y } = sums[output]!;
  const done = terms.slice(0, Math.min(part + 1, inputs));
  const isBias = part === inputs;
  const soFar = isBias ? y : done.reduce((sum, { product }) => sum + product, 0);
  const torch = convention === 'PyTorch';
  const lay = <T,>(rows: readonly (readonly T[])[]) => (torch ? rows : turn(rows));
  // States are told by output and input, whichever way the matrix lies.
  const told =
    (state: (output: number, input: number) => 'now' | 'part' | undefined) => (row: number, column: number) =>
      torch ? state(row, column) : state(column, row);
  const weight = told((o, i) => (o !== output ? undefined : !isBias && i === part ? 'now' : 'part'));
  const input = told((i) => (isBias ? undefined : i === part ? 'now' : 'part'));
  const single = told((o) => (o !== output ? undefined : isBias ? 'now' : 'part'));
  const result = told((o) => (o === output ? 'now' : undefined));
  const known = sums.map((sum, o) => (o < output || (o === output && isBias) ? sign(sum.y) : '?'));
  const column = (all: readonly string[]) => lay(all.map((one) => [one]));
  const matrices = [
    <Matrix key="w" name="W" cells={lay(example.weights.map((row) => row.map(sign)))} state={weight} />,
    <Matrix key="x" name="x" cells={column(example.x.map(sign))} state={input} />,
  ];
  const text = [...done.map((one) => `${sign(one.weight)} · ${inSum(one.input)}`), ...(isBias ? [inSum(bias)] : [])];
  return (
    <section className={styles.predict} aria-label="Multiply by hand">
      <p>
        <strong>{torch ? 'y = Wx + b' : 'y = xW + b'}, one product at a time.</strong> The same numbers in both
        conventions: change it above, and the matrix turns round.
      </p>
      <div className={styles.product}>
        {torch ? matrices : [...matrices].reverse()}
        <span aria-hidden="true">+</span>
        <Matrix name="b" cells={column(example.bias.map(sign))} state={single} />
        <span aria-hidden="true">=</span>
        <Matrix name="y" cells={column(known)} state={result} />
      </div>
      <p aria-live="polite">
        y<sub>{output + 1}</sub>: {text.join(' + ')} = <strong>{sign(soFar)}</strong>
        {isBias ? '' : ' so far'}
      </p>
      <div className={styles.guess}>
        <label htmlFor={id}>Step</label>
        <input
          id={id}
          type="range"
          min={0}
          max={last}
          step={1}
          value={at}
          aria-valuetext={`output ${output + 1}, ${isBias ? 'the bias' : `product ${part + 1}`}`}
          onChange={(event) => setStep(event.target.valueAsNumber)}
        />
        <button
          type="button"
          className="button button--secondary button--sm"
          aria-disabled={at === 0}
          onClick={() => setStep(Math.max(0, at - 1))}
        >
          Back
        </button>
        <button
          type="button"
          className="button button--primary button--sm"
          aria-disabled={at === last}
          onClick={() => setStep(Math.min(last, at + 1))}
        >
          Next
        </button>
      </div>
    </section>
  );
}
