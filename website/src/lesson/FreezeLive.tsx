import useBaseUrl from '@docusaurus/useBaseUrl';
import { useEffect, useRef, useState } from 'react';
import type { LiveNet, LiveView, Told } from '../../../lessons/freezing/live.ts';
import styles from './lesson.module.css';
import type { LiveReply, LiveRequest } from './live-protocol.ts';

/** Rows of a part's matrices, which stand side by side, and what the part is called. */
const PARTS = [
  { name: 'layer 1', rows: 16, paths: ['layer1/kernel'] },
  { name: 'norm', rows: 4, paths: ['norm1/gamma', 'norm1/beta', 'norm1/movingMean', 'norm1/movingVariance'] },
  { name: 'layer 2', rows: 12, paths: ['layer2/kernel'] },
  { name: 'norm', rows: 4, paths: ['norm2/gamma', 'norm2/beta', 'norm2/movingMean', 'norm2/movingVariance'] },
  { name: 'output', rows: 13, paths: ['output/kernel', 'output/bias'] },
];
const TOGGLES = ['layer 1', 'layer 2', 'output'];
const WAYS = ['freeze()', 'trainable = false'] as const;
const UNITS = 12;
const [WIDTH, CELL, GAP, TOP] = [320, 5.9, 6.5, 20];
/** Changes from which a color is stronger. */
const LEVELS = [0, 1e-4, 1e-3, 1e-2];
const OPACITY = [0.35, 0.55, 0.78, 1];

/** Where each part begins. */
const LEFT = PARTS.map((_, i) => PARTS.slice(0, i).reduce((sum, { rows }) => sum + rows * CELL + GAP, 1));

/** The cells of a network by how far they went, those that stood still first. */
function cellsOf(net: LiveNet | undefined): string[] {
  const drawn = [...OPACITY, 0].map(() => '');
  for (const [i, { rows, paths }] of PARTS.entries()) {
    const values = paths.flatMap((path) => net?.changes.find((one) => one.path === path)?.rows ?? []);
    for (let row = 0; row < rows; row++) {
      const units = i === PARTS.length - 1 ? 10 : UNITS;
      for (let unit = 0; unit < units; unit++) {
        const size = Math.abs(values[row]?.[unit] ?? 0);
        const level = LEVELS.filter((least) => size > least).length;
        const [x, y] = [LEFT[i]! + row * CELL, TOP + unit * CELL].map((at) => Number(at.toFixed(1)));
        drawn[level] += `M${x} ${y}h${CELL - 1}v${CELL - 1}h${1 - CELL}z`;
      }
    }
  }
  return drawn;
}

const countText = ({ frozen, moved }: LiveNet): string =>
  frozen === 0 ? 'nothing is frozen' : `${moved} of ${frozen} frozen numbers moved`;

function Strip({ way, net }: { way: string; net: LiveNet | undefined }) {
  const [still, ...moved] = cellsOf(net);
  const told = net ? countText(net) : 'not started';
  return (
    <div style={{ marginBottom: '0.75rem', maxWidth: '28rem' }}>
      <div>
        <strong>{way}</strong>
        <br />
        {told}
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${TOP + UNITS * CELL}`}
        role="img"
        aria-label={`The weights of the network with ${way}: ${told}`}
        style={{ display: 'block', width: '100%' }}
      >
        {PARTS.map(({ name, rows }, i) => (
          <text
            key={i}
            x={LEFT[i]! + (rows * CELL) / 2}
            y={TOP - 7}
            textAnchor="middle"
            fontSize={12.5}
            fill="currentColor"
          >
            {name}
          </text>
        ))}
        <path d={still} fill="var(--ifm-color-emphasis-300)" />
        {moved.map((d, i) => (
          <path key={i} d={d} fill="var(--ifm-color-primary)" opacity={OPACITY[i]} />
        ))}
      </svg>
    </div>
  );
}

const bits = (value: number): string => String(value).replace('-', '−');
const toldText = (told: Told | undefined): string =>
  told
    ? `verify() names ${told.path}: it was ${bits(told.was)} and is ${bits(told.is)}. It is put back.`
    : 'Freeze a part first: verify() compares frozen weights.';

/** Two networks that train while one freezes their parts and gives them back. */
export function FreezeLive() {
  const base = useBaseUrl('/');
  const worker = useRef<Worker>(undefined);
  const [view, setView] = useState<LiveView>();
  const [isOn, setIsOn] = useState(false);
  const [said, setSaid] = useState('');
  useEffect(() => () => worker.current?.terminate(), []);
  const post = (request: LiveRequest) => {
    if (!worker.current) {
      const made = new Worker(new URL('./live-worker.ts', import.meta.url), { type: 'module' });
      made.onmessage = ({ data }: MessageEvent<LiveReply>) => {
        if (data.type === 'view') setView(data.view);
        else if (data.type === 'moved') setSaid(toldText(data.told));
        else {
          setIsOn(false);
          setSaid(data.message);
        }
      };
      made.onerror = (event) => {
        event.preventDefault();
        made.terminate();
        worker.current = undefined;
        setIsOn(false);
        setSaid('The networks could not start here. Press Train to try again.');
      };
      worker.current = made;
      made.postMessage({ type: 'open', base } satisfies LiveRequest);
    }
    worker.current.postMessage(request);
  };
  const train = () => {
    setSaid('');
    setIsOn(!isOn);
    post({ type: 'train', on: !isOn });
  };
  const isAll = view?.frozen.every(Boolean);
  const progress = view
    ? `Steps: ${view.steps}.${view.loss === null ? '' : ` Loss: ${view.loss.toFixed(2)}.`}${isAll ? ' All is frozen, so nothing is left to train.' : ''}`
    : 'Press Train, then freeze a layer.';
  return (
    <section className={styles.predict} aria-label="Freeze while it trains">
      <div className={styles.bar} style={{ marginBottom: '0.5rem' }}>
        <button type="button" className="button button--primary button--sm" onClick={train}>
          {isOn ? 'Pause' : 'Train'}
        </button>
        <button
          type="button"
          className="button button--secondary button--sm"
          onClick={() => {
            setSaid('');
            post({ type: 'again' });
          }}
        >
          Start again
        </button>
        <button type="button" className="button button--secondary button--sm" onClick={() => post({ type: 'move' })}>
          Move one weight by 1 ulp
        </button>
      </div>
      <div className={styles.options}>
        {TOGGLES.map((name, part) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={view?.frozen[part] ?? false}
              onChange={() => {
                setSaid('');
                post({ type: 'toggle', part });
              }}
            />{' '}
            Freeze {name}
          </label>
        ))}
      </div>
      {WAYS.map((way, i) => (
        <Strip key={way} way={way} net={view?.nets[i]} />
      ))}
      <p>
        Blue: moved in the last moment, the darker the farther. Gray: not by a single bit. A row of cells for each unit,
        a column for each of its inputs; the four columns of a norm are its γ and β, its mean and its variance.
      </p>
      <p>{progress}</p>
      <p aria-live="polite" style={{ minHeight: '3.5em' }}>
        {said}
      </p>
    </section>
  );
}
