import type { LineAnswer } from '@weightkit/lesson/page';
import { type PointerEvent, useId, useRef, useState } from 'react';
import styles from './lesson.module.css';
import { type Drawing, nearest, snap, stroke, whole } from './line-guess.ts';

const [WIDTH, HEIGHT] = [460, 250];
const BOX = { left: 48, right: WIDTH - 14, top: 12, bottom: HEIGHT - 42 };

/** Round heights from 0 up, about four of them. */
function ticksOf(max: number): number[] {
  const power = 10 ** Math.floor(Math.log10(max / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => max / one <= 5)!;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => Number((i * step).toFixed(6)));
}

interface DrawLineProps {
  line: LineAnswer;
  drawing: Drawing;
  onChange: (drawing: Drawing) => void;
  /** What came out, laid over the line. */
  right: readonly number[] | undefined;
}

/** Empty axes into which a line is drawn, with the pointer, or place by place with two sliders. */
export function DrawLine({ line, drawing, onChange, right }: DrawLineProps) {
  const { at, xLabel, yLabel, max, step } = line;
  const id = useId();
  const [place, setPlace] = useState(0);
  const last = useRef<number | undefined>(undefined);
  const guess = whole(at, drawing);
  const top = Math.max(max, ...(right ?? []).filter(Number.isFinite));
  const [first, end] = [at[0]!, at.at(-1)!];
  const xOf = (x: number) => BOX.left + ((BOX.right - BOX.left) * (x - first)) / (end - first);
  const yOf = (y: number) => BOX.bottom - ((BOX.bottom - BOX.top) * y) / top;
  const points = (heights: readonly number[]) =>
    heights.flatMap((height, i) => (Number.isFinite(height) ? [`${xOf(at[i]!)},${yOf(height)}`] : [])).join(' ');

  const draw = (event: PointerEvent<SVGSVGElement>) => {
    const { left, top: above, width } = event.currentTarget.getBoundingClientRect();
    const scale = WIDTH / width;
    const [x, y] = [(event.clientX - left) * scale, (event.clientY - above) * scale];
    const to = nearest(at, first + ((x - BOX.left) * (end - first)) / (BOX.right - BOX.left));
    const height = snap(((BOX.bottom - y) * top) / (BOX.bottom - BOX.top), max, step);
    onChange(stroke(drawing, last.current ?? to, to, height));
    last.current = to;
    setPlace(to);
  };
  const here = guess?.[place];
  const text = `${xLabel} ${at[place]}`;
  return (
    <>
      {/* The sliders below do the same for the keyboard. */}
      <svg
        className={styles.drawLine}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Axes for your line: ${yLabel} over ${xLabel}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = undefined;
          draw(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) draw(event);
        }}
      >
        {ticksOf(top).map((y) => (
          <g key={y}>
            <line className={styles.gridLine} x1={BOX.left} x2={BOX.right} y1={yOf(y)} y2={yOf(y)} />
            <text x={BOX.left - 6} y={yOf(y) + 4} textAnchor="end">
              {y}
            </text>
          </g>
        ))}
        {at
          .filter((x, i) => i === 0 || i === at.length - 1 || x % 4 === 0)
          .map((x) => (
            <text key={x} x={xOf(x)} y={BOX.bottom + 17} textAnchor="middle">
              {x}
            </text>
          ))}
        <text x={(BOX.left + BOX.right) / 2} y={HEIGHT - 8} textAnchor="middle">
          {xLabel}
        </text>
        <text transform={`translate(12 ${(BOX.top + BOX.bottom) / 2}) rotate(-90)`} textAnchor="middle">
          {yLabel}
        </text>
        {!guess && (
          <text x={(BOX.left + BOX.right) / 2} y={(BOX.top + BOX.bottom) / 2} textAnchor="middle">
            Draw your line here
          </text>
        )}
        {right && <polyline className={styles.cameOut} points={points(right)} />}
        {guess && <polyline className={styles.yourLine} points={points(guess)} />}
        {guess && !right && <circle className={styles.yourPoint} cx={xOf(at[place]!)} cy={yOf(here!)} r={5} />}
      </svg>
      {right ? (
        <p className={styles.label}>Dashed: your line. Solid: what came out.</p>
      ) : (
        <div className={styles.lineSliders}>
          <label htmlFor={`${id}x`}>{xLabel}</label>
          <input
            id={`${id}x`}
            type="range"
            min={0}
            max={at.length - 1}
            step={1}
            value={place}
            aria-valuetext={text}
            onChange={(event) => setPlace(event.target.valueAsNumber)}
          />
          <output htmlFor={`${id}x`}>{at[place]}</output>
          <label htmlFor={`${id}y`}>{yLabel}</label>
          <input
            id={`${id}y`}
            type="range"
            min={0}
            max={max}
            step={step}
            value={here ?? max / 2}
            aria-valuetext={here === undefined ? `${text}: nothing drawn yet` : `${text}: ${here.toFixed(2)}`}
            onChange={(event) => onChange(stroke(drawing, place, place, event.target.valueAsNumber))}
          />
          <output htmlFor={`${id}y`}>{here === undefined ? 'none yet' : here.toFixed(2)}</output>
        </div>
      )}
    </>
  );
}
