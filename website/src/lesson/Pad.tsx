import { type PointerEvent, useEffect, useId, useRef } from 'react';
import { asDigit, drawingText, EACH, readDrawing } from '../../../lessons/siamese/drawing.ts';
import { useLesson } from './context.ts';
import styles from './lesson.module.css';

/** Pixels of a field along a side, and how thick its pen is. */
const [SIDE, PEN] = [140, 13];
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

const contextOf = (canvas: HTMLCanvasElement) => canvas.getContext('2d', { willReadFrequently: true })!;

/** How much ink each pixel of a field has. */
function inkOf(canvas: HTMLCanvasElement): Float32Array {
  const { data } = contextOf(canvas).getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]! / 255);
}

/** Paints an image that was drawn before, or nothing. */
function paint(canvas: HTMLCanvasElement, pixels: Float32Array | undefined): void {
  const context = contextOf(canvas);
  context.clearRect(0, 0, SIDE, SIDE);
  const cell = SIDE / 14;
  for (const [i, value] of pixels?.entries() ?? []) {
    context.fillStyle = `rgb(0 0 0 / ${value})`;
    context.fillRect((i % 14) * cell, Math.floor(i / 14) * cell, cell, cell);
  }
}

/** A field to draw the image of a parameter in, and the unseen digits that can be taken instead. */
export function Pad({ name, label }: { name: string; label: string }) {
  const id = useId();
  const { values, change } = useLesson();
  const value = values[name] as string;
  const canvas = useRef<HTMLCanvasElement>(null);
  const pen = useRef<{ id: number; x: number; y: number }>(undefined);
  /** What this field has made of its own strokes, which stay as they are. */
  const own = useRef<string>(undefined);
  const drawing = readDrawing(value);
  useEffect(() => {
    if (!canvas.current || value === own.current) return;
    own.current = undefined;
    const set = readDrawing(value);
    paint(canvas.current, set && 'pixels' in set ? set.pixels : undefined);
  }, [value]);
  const placeOf = ({ clientX, clientY, currentTarget }: PointerEvent<HTMLCanvasElement>) => {
    const box = currentTarget.getBoundingClientRect();
    return { x: ((clientX - box.left) * SIDE) / box.width, y: ((clientY - box.top) * SIDE) / box.height };
  };
  const stroke = (event: PointerEvent<HTMLCanvasElement>, to: { x: number; y: number }) => {
    const from = pen.current ?? to;
    const context = contextOf(event.currentTarget);
    Object.assign(context, { lineWidth: PEN, lineCap: 'round', lineJoin: 'round', strokeStyle: '#000' });
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    pen.current = { id: event.pointerId, ...to };
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    // What is not this field's own drawing is wiped off.
    if (own.current !== value) paint(event.currentTarget, undefined);
    stroke(event, placeOf(event));
  };
  const end = (event: PointerEvent<HTMLCanvasElement>) => {
    if (pen.current?.id !== event.pointerId) return;
    pen.current = undefined;
    const text = drawingText(asDigit(inkOf(event.currentTarget), SIDE));
    own.current = text;
    change(name, text);
  };
  const isDigit = drawing !== undefined && 'digit' in drawing;
  const shown = isDigit ? `an unseen ${drawing.digit}` : 'your drawing';
  return (
    <div>
      <div>
        <strong>{label}</strong>: {shown}
      </div>
      <div style={{ position: 'relative', width: SIDE, height: SIDE, margin: '0.35rem 0' }}>
        <canvas
          ref={canvas}
          width={SIDE}
          height={SIDE}
          role="img"
          aria-label={`${label}: ${shown}. A field to draw in.`}
          style={{
            border: '1px solid var(--ifm-color-emphasis-500)',
            background: '#fff',
            touchAction: 'none',
            cursor: 'crosshair',
          }}
          onPointerDown={begin}
          onPointerMove={(event) => pen.current?.id === event.pointerId && stroke(event, placeOf(event))}
          onPointerUp={end}
          onPointerCancel={end}
        />
        {isDigit && (
          <span
            aria-hidden="true"
            style={{
              position: 'absolute',
              inset: 0,
              display: 'grid',
              placeItems: 'center',
              pointerEvents: 'none',
              color: '#595959',
            }}
          >
            draw here
          </span>
        )}
      </div>
      <div className={styles.bar}>
        <label htmlFor={id}>Or take</label>
        <select
          id={id}
          value={isDigit ? drawing.digit : ''}
          onChange={(event) => change(name, `${event.target.value}.0`)}
        >
          {!isDigit && <option value="">your drawing</option>}
          {DIGITS.map((digit) => (
            <option key={digit} value={digit}>
              an unseen {digit}
            </option>
          ))}
        </select>
        {isDigit && (
          <button
            type="button"
            className="button button--secondary button--sm"
            aria-label={`${label}: another ${drawing.digit}`}
            onClick={() => change(name, `${drawing.digit}.${(drawing.nth + 1) % EACH}`)}
          >
            Another {drawing.digit}
          </button>
        )}
      </div>
    </div>
  );
}
