import { type MouseEvent, useId, useState } from 'react';
import { byHand } from '../../../lessons/compute-by-hand/by-hand.ts';
import { network, steps } from '../../../lessons/compute-by-hand/network.ts';
import { readDump } from '../../../lessons/compute-by-hand/read-dump.ts';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

const short = (value: number): string => String(Number(value.toFixed(3))).replace('-', '−');

/** The first step at which a neuron is computed; those before show the weights and the input. */
const FIRST_SUM = 2;

/** The trained network with an input of the reader's own: its sums one after the other, without another run. */
export function ByHand() {
  const { view, pictures } = useLesson();
  const id = useId();
  const [x, setX] = useState<readonly number[]>([1, 0.8]);
  const [step, setStep] = useState(FIRST_SUM);
  const layers = readDump(view.drawn && view.finish ? view.finish.summary : pictures.summary);
  if (!layers) return null;
  const neurons = byHand(layers, x);
  const names = steps(neurons);
  const neuron = neurons[step - FIRST_SUM];
  const svg = network(layers, neurons, step).svg({ width: 460, idPrefix: 'by-hand', variables: true });
  // The units stand in the drawing in the order in which they are computed.
  const pick = ({ target, currentTarget }: MouseEvent<HTMLDivElement>) => {
    const at = [...currentTarget.querySelectorAll('circle')].indexOf(target as SVGCircleElement);
    if (at >= 0) setStep(Math.max(1, at));
  };
  return (
    <section className={styles.predict} aria-label="Compute an input of your own">
      <p>
        <strong>An input of your own.</strong> The network is trained; nothing is trained here. Click a neuron, or go
        from sum to sum.
      </p>
      {x.map((value, i) => (
        <div key={i} className={styles.guess}>
          <label htmlFor={`${id}${i}`}>
            x<sub>{i}</sub>
          </label>
          <input
            id={`${id}${i}`}
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={value}
            onChange={(event) => {
              const next = event.target.valueAsNumber;
              setX(x.map((old, k) => (k === i ? next : old)));
            }}
          />
          <output htmlFor={`${id}${i}`}>{value.toFixed(2)}</output>
        </div>
      ))}
      <div className={styles.beside}>
        {/* The buttons do the same for the keyboard. */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: as above */}
        <div className={styles.drawing} onClick={pick} dangerouslySetInnerHTML={{ __html: svg }} />
        <div>
          <div className={styles.bar}>
            {names.map((name, i) => (
              <button
                key={name}
                type="button"
                className={`button button--sm button--${step === i ? 'primary' : 'secondary'}`}
                aria-pressed={step === i}
                onClick={() => setStep(i)}
              >
                {name}
              </button>
            ))}
          </div>
          {neuron && (
            <table aria-live="polite">
              <tbody>
                <tr>
                  <th scope="row">bias</th>
                  <td>{short(neuron.bias)}</td>
                </tr>
                {neuron.terms.map(({ from, weight, input, product }) => (
                  <tr key={from}>
                    <th scope="row">
                      {short(weight)} · {short(input)} ({from})
                    </th>
                    <td>{short(product)}</td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">sum</th>
                  <td>{short(neuron.sum)}</td>
                </tr>
                <tr>
                  <th scope="row">
                    {neuron.activation === 'linear' ? `output of ${neuron.name}` : `${neuron.activation} of the sum`}
                  </th>
                  <td>
                    <strong>{short(neuron.output)}</strong>
                  </td>
                </tr>
              </tbody>
            </table>
          )}
        </div>
      </div>
    </section>
  );
}
