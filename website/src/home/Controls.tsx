import { useId } from 'react';
import styles from './home.module.css';
import type { Params } from './params.ts';

const LAWS = [
  ['heNormal', 'He, normal'],
  ['glorotUniform', 'Glorot, uniform'],
  ['lecunNormal', 'LeCun, normal'],
  ['orthogonal', 'orthogonal'],
  ['torchDefault', 'PyTorch’s default'],
] as const;
const SHAPES = ['64x64', '256x128', '784x64'];
const TYPES = ['float32', 'float16', 'uint16', 'uint8'];

interface Props {
  params: Params;
  onChange: (change: Partial<Params>) => void;
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className={styles.control}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What the reader turns: how the weights are drawn, how many are pruned, and how the rest is stored. */
export default function Controls({ params, onChange }: Props) {
  const [seed, sparsity] = [useId(), useId()];
  const percent = Math.round(params.sparsity * 100);
  return (
    <form className={styles.controls} onSubmit={(event) => event.preventDefault()}>
      <div className={`${styles.control} ${styles.wide}`}>
        <label htmlFor={sparsity}>
          Pruned by magnitude: <output htmlFor={sparsity}>{percent} %</output>
        </label>
        <input
          id={sparsity}
          type="range"
          min={0}
          max={99}
          value={percent}
          onChange={({ target }) => onChange({ sparsity: target.valueAsNumber / 100 })}
        />
      </div>
      <Choice
        label="Initializer"
        value={params.law}
        options={LAWS}
        onChange={(law) => onChange({ law: law as Params['law'] })}
      />
      <Choice
        label="Shape"
        value={`${params.inputs}x${params.units}`}
        options={SHAPES.map((shape) => [shape, shape.replace('x', ' × ')] as const)}
        onChange={(shape) => {
          const [inputs = 0, units = 0] = shape.split('x').map(Number);
          onChange({ inputs, units });
        }}
      />
      <div className={styles.control}>
        <label htmlFor={seed}>Seed</label>
        <input
          id={seed}
          type="number"
          min={-999999}
          max={999999}
          value={params.seed}
          onChange={({ target }) =>
            Number.isSafeInteger(target.valueAsNumber) && onChange({ seed: target.valueAsNumber })
          }
        />
      </div>
      <Choice
        label="Stored as"
        value={params.dtype}
        options={TYPES.map((name) => [name, name] as const)}
        onChange={(dtype) => onChange({ dtype: dtype as Params['dtype'] })}
      />
    </form>
  );
}
