import { useEffect, useRef, useState } from 'react';
import prepared from '../../static/generated/home/outcome.json';
import { StillDrawing } from '../StillDrawing.tsx';
import Controls from './Controls.tsx';
import styles from './home.module.css';
import type { Prepared } from './protocol.ts';
import { START } from './start.ts';
import { useOutcome } from './use-outcome.ts';

const count = (value: number) => value.toLocaleString('en-US');
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

function Numbers({ outcome }: { outcome: Prepared }) {
  const { std, measuredStd, deviation, zeros, parameters, bytes, gzipped, error } = outcome;
  const items = [
    [
      'Standard deviation',
      measuredStd.toFixed(5),
      `the law says ${std.toFixed(5)}${deviation === null ? '' : `: ${deviation.toFixed(1)} standard errors apart`}`,
    ],
    ['Zeros', count(zeros), `of ${count(parameters)}, exactly`],
    ['Bytes of weights', kilobytes(bytes), `was ${kilobytes(4 * parameters)}; gzipped ${kilobytes(gzipped)}`],
    [
      'Largest rounding error',
      error ? error.max.toExponential(2) : '0',
      error ? `cannot exceed ${error.bound.toExponential(2)}` : 'nothing is rounded',
    ],
  ] as const;
  return (
    <dl className={styles.numbers}>
      {items.map(([name, value, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={styles.value}>{value}</dd>
          <dd>{note}</dd>
        </div>
      ))}
    </dl>
  );
}

const short = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)).toString() : String(value));

function Numbered({ picture }: Pick<Prepared, 'picture'>) {
  const { columns, rows } = picture.table;
  return (
    <details className={styles.table}>
      <summary>The numbers of the picture</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label="Counts by bin">
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={short(row[0])}>
                {row.map((cell, i) => (
                  <td key={columns[i]}>{short(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** The width of an element, 0 until it is in the page; steps of 40 so that a dragged window does not redraw all the time. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const room = entry?.contentRect.width ?? 0;
      if (room > 0) setWidth(Math.min(760, Math.max(280, Math.floor(room / 40) * 40)));
    });
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

/** Draws weights, prunes and quantizes them while the reader turns the knobs. */
export default function Demo() {
  const [params, setParams] = useState(START);
  const { ref, width } = useWidth();
  const changed = params !== START;
  const { outcome, problem } = useOutcome(params, width, changed);
  const numbers: Prepared = outcome ?? (prepared as Prepared);
  const said = outcome
    ? `Computed in this page, in a worker, in ${outcome.milliseconds.toFixed(0)} ms.`
    : changed
      ? 'Starting TensorFlow.js …'
      : 'Computed when this page was built. Turn a knob, and it runs here.';
  return (
    <div className={styles.demo} data-state={problem ? 'failed' : changed && !outcome ? 'loading' : 'done'}>
      <div ref={ref} className={styles.picture}>
        {outcome ? (
          // The text comes from viz, which escapes everything.
          <div dangerouslySetInnerHTML={{ __html: outcome.picture.svg }} />
        ) : (
          <StillDrawing page="home" name="demo" wide="520 / 300" narrow="320 / 300" />
        )}
      </div>
      <Controls params={params} onChange={(change) => setParams((before) => ({ ...before, ...change }))} />
      <Numbers outcome={numbers} />
      <p className={styles.note} role="status">
        {problem ?? said}
      </p>
      <Numbered picture={numbers.picture} />
    </div>
  );
}
