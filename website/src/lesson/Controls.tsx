import { type About, nearestValue, type Parameter, sliderOf, type Values } from '@weightkit/lesson/page';
import { type ComponentType, memo, useEffect, useId, useState } from 'react';
import styles from './lesson.module.css';

export type Value = string | number | boolean;

/** What the control of a parameter is given. */
export interface FieldProps {
  name: string;
  parameter: Parameter;
  value: Value;
  /** Why it has no effect now. */
  reason: string | undefined;
  onChange: (value: Value) => void;
}

interface InputProps extends FieldProps {
  id: string;
  help: string | undefined;
  /** Told what was wrong with what was typed; empty when nothing. */
  onSaid: (said: string) => void;
}

/** What is typed becomes the nearest value that is allowed, and that is said. */
function Typed({ name, parameter, value, reason, onChange, onSaid, id, help }: InputProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const take = () => {
    if (text === String(value)) return;
    const taken = nearestValue(parameter, text, value);
    onSaid(taken.said ?? '');
    setText(String(taken.value));
    onChange(taken.value);
  };
  return (
    <input
      type="text"
      inputMode={parameter.kind === 'text' ? 'text' : 'decimal'}
      id={id}
      name={name}
      aria-describedby={help}
      disabled={reason !== undefined}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  );
}

/** A number that can be typed and dragged. */
function NumberField(props: InputProps) {
  const { parameter, value, reason, onChange, onSaid } = props;
  const slider = sliderOf(parameter);
  return (
    <span className={styles.number}>
      {slider && (
        <input
          type="range"
          aria-label={`${parameter.label}, slider`}
          aria-valuetext={String(value)}
          disabled={reason !== undefined}
          min={slider.min}
          max={slider.max}
          step={slider.step}
          value={slider.positionOf(value as number)}
          onChange={(event) => {
            onSaid('');
            onChange(slider.valueAt(Number(event.target.value)));
          }}
        />
      )}
      <Typed {...props} />
    </span>
  );
}

function Input(props: InputProps) {
  const { name, parameter, value, reason, onChange, id, help } = props;
  const common = { id, name, 'aria-describedby': help, disabled: reason !== undefined };
  switch (parameter.kind) {
    case 'choice':
      return (
        <select {...common} value={value as string} onChange={(event) => onChange(event.target.value)}>
          {parameter.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    case 'flag':
      return (
        <input
          {...common}
          type="checkbox"
          checked={value as boolean}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case 'text':
      return <Typed {...props} />;
    default:
      return <NumberField {...props} />;
  }
}

/** The usual control of a parameter, with its label and its help. */
export function Field(props: FieldProps) {
  const id = useId();
  const [said, setSaid] = useState('');
  const { parameter, reason } = props;
  const help = reason ?? parameter.help;
  return (
    <div className={`${styles.field} ${parameter.kind === 'flag' ? styles.flag : ''}`} data-off={reason !== undefined}>
      <label htmlFor={id}>{parameter.label}</label>
      <Input {...props} id={id} help={help ? `${id}-help` : undefined} onSaid={setSaid} />
      {help && (
        <small id={`${id}-help`} className={styles.help}>
          {reason === undefined ? help : `No effect: ${reason}`}
        </small>
      )}
      <small role="status" className={styles.said}>
        {said}
      </small>
    </div>
  );
}

/** Controls of a lesson's own, by the names of their parameters. */
export type Fields = Readonly<Record<string, ComponentType<FieldProps>>>;

interface ControlsProps {
  /** The parameters that have a control here. */
  names: readonly string[];
  about: About;
  values: Values;
  /** Must be the same in every rendering, as `onChange`. */
  fields?: Fields | undefined;
  /** Must be the same function in every rendering. */
  onChange: (name: string, value: Value) => void;
}

/** A labelled control for each of some parameters; those without effect are disabled and say why. */
export const Controls = memo(function Controls({ names, about, values, fields, onChange }: ControlsProps) {
  return (
    <fieldset className={styles.controls}>
      <legend className={styles.hidden}>Settings</legend>
      {names.map((name) => {
        const Control = fields?.[name] ?? Field;
        return (
          <Control
            key={name}
            name={name}
            parameter={about.parameters[name]!}
            value={values[name]!}
            reason={about.parameters[name]!.without?.(values)}
            onChange={(value) => onChange(name, value)}
          />
        );
      })}
    </fieldset>
  );
});
