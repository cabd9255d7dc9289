import type { Choice, Timing } from '@weightkit/lesson';
import { useId } from 'react';
import styles from './lesson.module.css';
import { BACKENDS, type Backend } from './protocol.ts';

const NAMES: Record<string, string> = { auto: 'the fastest', webgpu: 'WebGPU', wasm: 'WASM', cpu: 'CPU' };
const nameOf = (name: string): string => NAMES[name] ?? name;

function textOf(timing: Timing): string {
  const name = nameOf(timing.name);
  if ('failed' in timing) return `${name} not: ${timing.failed}`;
  return 'gaveUp' in timing
    ? `${name} more than ${timing.gaveUp.toFixed(0)} ms`
    : `${name} ${timing.milliseconds.toFixed(0)} ms`;
}

interface PickerProps {
  choice: Choice | undefined;
  /** What the last run ran on. */
  used: string | undefined;
  value: Backend;
  onChange: (backend: Backend) => void;
}

/** Which backend the next run takes, which one won, and by how much. */
export function BackendPicker({ choice, used, value, onChange }: PickerProps) {
  const id = useId();
  return (
    <div className={styles.backend}>
      <label htmlFor={id}>Backend</label>
      <select
        id={id}
        aria-describedby={`${id}-timings`}
        value={value}
        onChange={(event) => onChange(event.target.value as Backend)}
      >
        {BACKENDS.map((name) => (
          <option key={name} value={name}>
            {nameOf(name)}
          </option>
        ))}
      </select>
      <small id={`${id}-timings`}>
        {used && `Runs on ${nameOf(used)}. `}
        {choice && `A few steps took: ${choice.timings.map(textOf).join(', ')}. Fastest: ${nameOf(choice.name)}.`}
      </small>
    </div>
  );
}
