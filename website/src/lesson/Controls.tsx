import type { Parameter, Values } from '@weightkit/lesson';
import { memo, useId } from 'react';
import styles from './lesson.module.css';

export type Value = string | number | boolean;

interface FieldProps {
  name: string;
  parameter: Parameter;
  value: Value;
  onChange: (value: Value) => void;
}

/** A number that can be typed and dragged; out of its range it is not taken, and the browser says what is allowed. */
function NumberField({
  name,
  parameter,
  value,
  onChange,
  id,
  help,
}: FieldProps & { id: string; help: string | undefined }) {
  if (parameter.kind !== 'number' && parameter.kind !== 'integer') return null;
  const { min, max, label } = parameter;
  const step = parameter.kind === 'number' ? parameter.step : 1;
  const take = (text: string) => {
    const number = Number(text);
    if (
      text.trim() !== '' &&
      number >= min &&
      number <= max &&
      (parameter.kind === 'number' || Number.isInteger(number))
    )
      onChange(number);
  };
  const slides = max - min <= 1000 * step;
  return (
    <span className={styles.number}>
      {slides && (
        <input
          type="range"
          aria-label={`${label}, slider`}
          min={min}
          max={max}
          step={step}
          value={value as number}
          onChange={(event) => take(event.target.value)}
        />
      )}
      <input
        key={`${value}`}
        type="number"
        id={id}
        name={name}
        aria-describedby={help}
        min={min}
        max={max}
        step={parameter.kind === 'number' ? 'any' : 1}
        defaultValue={value as number}
        onBlur={(event) => {
          take(event.target.value);
          if (event.target.validity.valid && event.target.value !== '') return;
          event.target.value = String(value);
        }}
        onKeyDown={(event) => event.key === 'Enter' && take(event.currentTarget.value)}
      />
    </span>
  );
}

function Field({ name, parameter, value, onChange }: FieldProps) {
  const id = useId();
  const help = parameter.help ? `${id}-help` : undefined;
  const { label } = parameter;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {parameter.kind === 'choice' && (
        <select
          id={id}
          name={name}
          aria-describedby={help}
          value={value as string}
          onChange={(event) => onChange(event.target.value)}
        >
          {parameter.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )}
      {parameter.kind === 'flag' && (
        <input
          type="checkbox"
          id={id}
          name={name}
          aria-describedby={help}
          checked={value as boolean}
          onChange={(event) => onChange(event.target.checked)}
        />
      )}
      {(parameter.kind === 'number' || parameter.kind === 'integer') && (
        <NumberField {...{ name, parameter, value, onChange, id, help }} />
      )}
      {help && (
        <small id={help} className={styles.help}>
          {parameter.help}
        </small>
      )}
    </div>
  );
}

interface ControlsProps {
  parameters: Readonly<Record<string, Parameter>>;
  values: Values;
  /** Must be the same function in every rendering. */
  onChange: (name: string, value: Value) => void;
}

/** A labelled control for every parameter of a lesson. */
export const Controls = memo(function Controls({ parameters, values, onChange }: ControlsProps) {
  return (
    <fieldset className={styles.controls}>
      <legend>Parameters</legend>
      {Object.entries(parameters).map(([name, parameter]) => (
        <Field
          key={name}
          name={name}
          parameter={parameter}
          value={values[name]!}
          onChange={(value) => onChange(name, value)}
        />
      ))}
    </fieldset>
  );
});
