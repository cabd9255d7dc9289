import { type PointerEvent, useId, useRef, useState } from 'react';
import {
  type Arrow,
  gradientsOf,
  INPUT,
  lengthOf,
  stepped,
  TARGET,
  weightsOf,
} from '../../../lessons/normalization/arrow.ts';
import styles from './lesson.module.css';

const SIZE = 320;
/** Half of what the plane shows. */
const REACH = 2.5;
const RATE = 0.5;
const START: Arrow = { v: [-0.4, 0.9], g: 1.5 };

const at = ([x, y]: readonly [number, number]) =>
  [((x + REACH) / (2 * REACH)) * SIZE, ((REACH - y) / (2 * REACH)) * SIZE] as const;
const short = (value: number): string => value.toFixed(2).replace('-', '−');
const pair = ([x, y]: readonly [number, number]): string => `(${short(x)}, ${short(y)})`;
const degreesOf = ({ v }: Arrow): number => Math.round((Math.atan2(v[1], v[0]) * 180) / Math.PI);
const turned = (degrees: number, length: number): readonly [number, number] => [
  length * Math.cos((degrees * Math.PI) / 180),
  length * Math.sin((degrees * Math.PI) / 180),
];

function Vector({ to, dashed = false }: { to: readonly [number, number]; dashed?: boolean }) {
  const [[x1, y1], [x2, y2]] = [at([0, 0]), at(to)];
  const look = dashed ? { strokeDasharray: '5 4', strokeWidth: 2 } : { strokeWidth: 4 };
  return <line x1={x1} y1={y1} x2={x2} y2={y2} stroke="currentColor" strokeLinecap="round" {...look} />;
}

/** A unit of two inputs whose direction and length one drags, and steps that train them. */
export function WeightArrow() {
  const id = useId();
  const pointer = useRef<number>(undefined);
  const [arrow, setArrow] = useState(START);
  const [steps, setSteps] = useState(0);
  const w = weightsOf(arrow);
  const { output, loss, g, v } = gradientsOf(arrow);
  const length = lengthOf(arrow.v);
  const set = (next: Arrow) => {
    setArrow(next);
    setSteps(0);
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (pointer.current !== event.pointerId) return;
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 2 * REACH - REACH;
    const y = REACH - ((event.clientY - box.top) / box.height) * 2 * REACH;
    if (Math.hypot(x, y) >= 0.1) set({ ...arrow, v: [x, y] });
  };
  const [cx, cy] = at([0, 0]);
  const tip = at(arrow.v);
  const sliders = [
    {
      name: 'Direction of v',
      min: -180,
      max: 180,
      step: 1,
      value: degreesOf(arrow),
      text: `${degreesOf(arrow)} degrees`,
      take: (value: number) => set({ ...arrow, v: turned(value, length) }),
    },
    {
      name: 'Length of v',
      min: 0.1,
      max: 2.5,
      step: 0.05,
      value: length,
      text: short(length),
      take: (value: number) => set({ ...arrow, v: turned(degreesOf(arrow), value) }),
    },
    {
      name: 'g',
      min: 0.1,
      max: 2.5,
      step: 0.05,
      value: arrow.g,
      text: short(arrow.g),
      take: (value: number) => set({ ...arrow, g: value }),
    },
  ];
  return (
    <section className={styles.predict} aria-label="Direction and length">
      <p>
        <strong>Drag the tip of v.</strong> Only its direction counts: w, the thick line, ends on the circle of radius
        g.
      </p>
      <div
        className={styles.plane}
        style={{ maxWidth: SIZE }}
        onPointerDown={(event) => {
          // A finger beside the tip scrolls the page.
          if (event.pointerType === 'touch' && event.target === event.currentTarget) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          pointer.current = event.pointerId;
          drag(event);
        }}
        onPointerMove={drag}
        onLostPointerCapture={() => {
          pointer.current = undefined;
        }}
      >
        <svg
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          role="img"
          aria-label={`v is ${pair(arrow.v)}, w is ${pair(w)}, on a circle of radius ${short(arrow.g)}`}
        >
          <path d={`M0 ${cy}H${SIZE}M${cx} 0V${SIZE}`} stroke="currentColor" opacity={0.35} />
          <circle cx={cx} cy={cy} r={(arrow.g / (2 * REACH)) * SIZE} fill="none" stroke="currentColor" opacity={0.6} />
          <Vector to={arrow.v} dashed />
          <g style={{ color: 'var(--ifm-color-primary)' }}>
            <Vector to={w} />
          </g>
          <circle
            cx={tip[0]}
            cy={tip[1]}
            r={9}
            fill="var(--ifm-background-color)"
            stroke="currentColor"
            strokeWidth={2}
          />
        </svg>
        <span className={styles.hold} style={{ left: `${(tip[0] / SIZE) * 100}%`, top: `${(tip[1] / SIZE) * 100}%` }} />
      </div>
      <p aria-live="polite">
        w = g · v / ‖v‖ = {pair(w)}, ‖w‖ = {short(lengthOf(w))}, ‖v‖ = {short(length)}. For the input {pair(INPUT)} the
        unit gives <strong>{short(output)}</strong>; it is to give {TARGET}. Loss {loss.toFixed(4)}, gradient of g{' '}
        {short(g)}, of v {pair(v)}, at a right angle to v. Steps: {steps}.
      </p>
      {sliders.map(({ name, text, take, ...slider }, i) => (
        <div key={name} className={styles.guess}>
          <label htmlFor={`${id}-${i}`}>{name}</label>
          <input
            id={`${id}-${i}`}
            type="range"
            aria-valuetext={text}
            onChange={(event) => take(event.target.valueAsNumber)}
            {...slider}
          />
        </div>
      ))}
      <div className={styles.guess}>
        <button
          type="button"
          className="button button--primary button--sm"
          onClick={() => {
            setArrow(stepped(arrow, RATE));
            setSteps(steps + 1);
          }}
        >
          A training step
        </button>
        <button type="button" className="button button--secondary button--sm" onClick={() => set(START)}>
          Start again
        </button>
      </div>
    </section>
  );
}
