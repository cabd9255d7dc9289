import { sliderOf } from '@weightkit/lesson/page';
import { useEffect, useId, useState } from 'react';
import { PRESETS } from '../../../lessons/what-a-weight-is/presets.ts';
import {
  countOf,
  flowInto,
  flowsOf,
  INPUTS,
  type InputKind,
  KINDS,
  type LayerKind,
  nearestStack,
  newInput,
  newLayer,
  readStack,
  type Size,
  type Stack,
  stackText,
  whyNot,
} from '../../../lessons/what-a-weight-is/stack.ts';
import type { FieldProps } from './Controls.tsx';
import styles from './lesson.module.css';

/** The slider of a size: of those up to thousands by equal factors. */
const sliderFor = ({ name: label, min, max, initial }: Size) =>
  sliderOf(
    max - min < 200
      ? { kind: 'integer', label, min, max, initial }
      : { kind: 'number', scale: 'log', label, min, max, step: 0.02, initial },
  )!;

interface NumberProps {
  label: string;
  size: Size;
  value: number;
  onChange: (value: number) => void;
}

/** A size that is dragged, or typed. */
function SizeField({ label, size, value, onChange }: NumberProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const slider = sliderFor(size);
  const take = () => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    const near = Number.isNaN(number) ? value : Math.min(size.max, Math.max(size.min, Math.round(number)));
    setText(String(near));
    if (near !== value) onChange(near);
  };
  return (
    <span className={styles.size}>
      <span aria-hidden="true">{size.name}</span>
      <input
        type="range"
        aria-label={`${label}: ${size.name}, slider`}
        aria-valuetext={String(value)}
        min={slider.min}
        max={slider.max}
        step={slider.step}
        value={slider.positionOf(value)}
        onChange={({ target }) => onChange(Math.round(slider.valueAt(target.valueAsNumber)))}
      />
      <input
        type="text"
        inputMode="decimal"
        aria-label={`${label}: ${size.name}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
    </span>
  );
}

const weightsOf = (stack: Stack): number => {
  const flows = flowsOf(stack);
  return stack.layers.reduce((sum, layer, i) => sum + countOf(layer, flows[i]!), 0);
};

/** A stack of layers that is built by clicking. */
export function LayerStack({ value, onChange }: FieldProps) {
  const id = useId();
  const [said, setSaid] = useState('');
  const { stack } = readStack(value as string);
  const { input, layers } = stack;
  const give = (changed: Stack) => {
    const near = nearestStack(stackText(changed));
    setSaid(near.said ? `${near.said}.` : '');
    onChange(near.value);
  };
  const withLayer = (i: number, change: Partial<Stack['layers'][number]>) =>
    give({ input, layers: layers.map((layer, k) => (k === i ? { ...layer, ...change } : layer)) });
  const sized = (sizes: readonly number[], i: number, size: number) => sizes.map((old, k) => (k === i ? size : old));
  const weights = weightsOf(stack);
  const possible = (Object.keys(KINDS) as LayerKind[]).filter(
    (kind) => whyNot(newLayer(kind), flowInto(stack, kind), layers.length, weights) === undefined,
  );
  const preset = Object.entries(PRESETS).find(([, text]) => text === value)?.[0] ?? '';
  return (
    <div className={styles.stack}>
      <div className={styles.field}>
        <label htmlFor={`${id}preset`}>Start from</label>
        <select
          id={`${id}preset`}
          value={preset}
          onChange={(event) => {
            setSaid('');
            onChange(PRESETS[event.target.value as keyof typeof PRESETS]);
          }}
        >
          {preset === '' && <option value="">a stack of your own</option>}
          {Object.keys(PRESETS).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <ol aria-label="Layers">
        <li>
          <span className={styles.layer}>
            <label htmlFor={`${id}input`}>Input</label>
            <select
              id={`${id}input`}
              value={input.kind}
              onChange={(event) => give({ input: newInput(event.target.value as InputKind), layers })}
            >
              {Object.entries(INPUTS).map(([kind, { label }]) => (
                <option key={kind} value={kind}>
                  {label}
                </option>
              ))}
            </select>
          </span>
          {INPUTS[input.kind].sizes.map((size, i) => (
            <SizeField
              key={size.name}
              label="Input"
              size={size}
              value={input.sizes[i]!}
              onChange={(changed) => give({ input: { ...input, sizes: sized(input.sizes, i, changed) }, layers })}
            />
          ))}
        </li>
        {layers.map(({ kind, sizes, same }, i) => {
          const { label, sizes: kinds, padded } = KINDS[kind];
          const name = `Layer ${i + 1}, ${label}`;
          return (
            <li key={`${i}${kind}`}>
              <span className={styles.layer}>
                {label}
                <button
                  type="button"
                  className="button button--secondary button--sm"
                  aria-label={`Remove layer ${i + 1}, ${label}`}
                  onClick={() => give({ input, layers: layers.filter((_, k) => k !== i) })}
                >
                  ×
                </button>
              </span>
              {kinds.map((size, k) => (
                <SizeField
                  key={size.name}
                  label={name}
                  size={size}
                  value={sizes[k]!}
                  onChange={(changed) => withLayer(i, { sizes: sized(sizes, k, changed) })}
                />
              ))}
              {padded && (
                <label className={styles.size}>
                  <input
                    type="checkbox"
                    checked={same}
                    onChange={(event) => withLayer(i, { same: event.target.checked })}
                  />{' '}
                  zeros around: same size
                </label>
              )}
            </li>
          );
        })}
      </ol>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset within this one would need a legend that shows */}
      <div className={styles.bar} role="group" aria-label="Add a layer">
        {possible.map((kind) => (
          <button
            key={kind}
            type="button"
            className="button button--secondary button--sm"
            onClick={() => give({ input, layers: [...layers, newLayer(kind)] })}
          >
            + {KINDS[kind].label}
          </button>
        ))}
        {possible.length === 0 && <small>No layer can follow here.</small>}
      </div>
      <small role="status" className={styles.said}>
        {said}
      </small>
    </div>
  );
}
