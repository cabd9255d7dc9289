import { useId, useState } from 'react';
import { OPTIMIZERS, type OptimizerName } from '../../../lessons/weight-updates/rules.ts';
import { type Both, isAway, START, stepBoth, type WalkParams } from '../../../lessons/weight-updates/walk.ts';
import { useLesson } from './context.ts';
import { useTable } from './Figure.tsx';
import styles from './lesson.module.css';

const short = (value: number): string => {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : String(Number(value.toFixed(6)));
  return text.replaceAll('-', '−');
};

/** The rule of each as it is written for one weight. */
const RULES: Readonly<Record<OptimizerName, string>> = {
  SGD: 'w ← w − η · g',
  momentum: 'a ← μ · a + g,  w ← w − η · a',
  RMSProp: 's ← ρ · s + (1 − ρ) · g²,  w ← w − η · g / √(s + ε)',
  Adam: 'm ← β₁ · m + (1 − β₁) · g,  v ← β₂ · v + (1 − β₂) · g²,  w ← w − η · m̂ / (√v̂ + ε)',
};

/** All steps of an optimizer by hand, until it runs away. */
function stepsOf(optimizer: OptimizerName, params: WalkParams): { from: readonly [number, number]; both: Both }[] {
  const steps: { from: readonly [number, number]; both: Both }[] = [];
  let from: readonly [number, number] = [params.x, params.y];
  let memory = START;
  for (let at = 0; at < params.steps && !isAway(from); at++) {
    const both = stepBoth(optimizer, from, memory, at, params);
    steps.push({ from, both });
    from = both.point;
    memory = both.memory;
  }
  return steps;
}

/** One step after the other by hand, with its numbers, beside what TensorFlow.js gave. */
export function HandSteps() {
  const { values, view, sketched } = useLesson();
  const table = useTable('apart');
  const id = useId();
  const [optimizer, setOptimizer] = useState<OptimizerName>('Adam');
  const [step, setStep] = useState(1);
  const params = values as unknown as WalkParams;
  const steps = stepsOf(optimizer, params);
  const at = Math.min(step, steps.length);
  const { from, both } = steps[at - 1]!;
  // The numbers of TensorFlow.js belong to the values of their run.
  const current = !sketched && (view.drawn === undefined || view.whole);
  const row = current ? table?.rows.find(([name, i]) => name === optimizer && i === at) : undefined;
  const columns = [
    { name: 'x', from: from[0], gradient: both.gradient[0], stepped: both.x, given: row?.[2] },
    { name: 'y', from: from[1], gradient: both.gradient[1], stepped: both.y, given: row?.[3] },
  ];
  const rule =
    optimizer === 'momentum' && params.nesterov ? 'a ← μ · a + g,  w ← w − η · (g + μ · a)' : RULES[optimizer];
  return (
    <section className={styles.predict} aria-label="Step by hand">
      <p>
        <strong>Every step by hand.</strong> From the start, the rate and the surface that are set above.
      </p>
      <div className={styles.bar}>
        {OPTIMIZERS.map((name) => (
          <button
            key={name}
            type="button"
            className={`button button--sm button--${name === optimizer ? 'primary' : 'secondary'}`}
            aria-pressed={name === optimizer}
            onClick={() => setOptimizer(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <p>{rule}</p>
      <div className={styles.guess}>
        <label htmlFor={id}>Step {at}</label>
        <input
          id={id}
          type="range"
          min={1}
          max={steps.length}
          step={1}
          value={at}
          onChange={(event) => setStep(event.target.valueAsNumber)}
        />
        <button
          type="button"
          className="button button--secondary button--sm"
          aria-disabled={at === 1}
          onClick={() => setStep(Math.max(1, at - 1))}
        >
          Back
        </button>
        <button
          type="button"
          className="button button--primary button--sm"
          aria-disabled={at === steps.length}
          onClick={() => setStep(Math.min(steps.length, at + 1))}
        >
          Next
        </button>
      </div>
      <table className={styles.matrix} aria-live="polite">
        <thead>
          <tr>
            <th scope="col">step {at}</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">w before</th>
            {columns.map((one) => (
              <td key={one.name}>{short(one.from)}</td>
            ))}
          </tr>
          <tr>
            <th scope="row">g, the gradient</th>
            {columns.map((one) => (
              <td key={one.name}>{short(one.gradient)}</td>
            ))}
          </tr>
          {columns[0]!.stepped.lines.map(({ name }, i) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {columns.map((one) => (
                <td key={one.name}>{short(one.stepped.lines[i]!.value)}</td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">w after</th>
            {columns.map((one) => (
              <td key={one.name} data-state="now">
                {short(one.stepped.weight)}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row">tf.train has</th>
            {columns.map((one) => (
              <td key={one.name}>{one.given === undefined ? '…' : short(Number(one.given))}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  );
}
