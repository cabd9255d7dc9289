import { useEffect, useId, useMemo, useState } from 'react';
import { useAddresses } from '../use-addresses.ts';
import type { Change, Changed, Saved, Sizes, Work } from './protocol.ts';
import { bytesText, countText, numberText, plural, shareText } from './texts.ts';
import type { Standing, View } from './use-model.ts';
import styles from './your-model.module.css';

/** What stands in each format. */
const TYPES: Readonly<Record<string, readonly Change['dtype'][]>> = {
  tfjs: ['same', 'float16', 'uint16', 'uint8'],
  safetensors: ['same', 'float16'],
  npz: ['same', 'float16'],
  npy: ['same', 'float16'],
  compact: ['same', 'float16', 'uint16', 'uint8'],
};
/** A slider that moves is waited for, in ms. */
const SETTLED = 120;

const times = (before: number, after: number): string =>
  Math.abs(before / after - 1) < 0.005
    ? 'the same'
    : before > after
      ? `${(before / after).toFixed(2)} times smaller`
      : `${(after / before).toFixed(2)} times larger`;

function Compared({ before, after }: { before: Sizes; after: Sizes }) {
  const about = before.exact && after.exact ? '' : 'about ';
  const rows = [
    ['files', before.bytes, after.bytes, ''],
    ['by gzip', before.gzip, after.gzip, about],
  ] as const;
  return (
    <table className={styles.sizes}>
      <thead>
        <tr>
          <th scope="col">bytes</th>
          <th scope="col">before</th>
          <th scope="col">after</th>
          <th scope="col">change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, was, is, round]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{round + bytesText(was)}</td>
            <td>{round + bytesText(is)}</td>
            <td>{times(was, is)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Certificate({ zeros, bound }: Changed) {
  return (
    <ul>
      {zeros && (
        <li>
          {countText(zeros.after)} of {countText(zeros.parameters)} weights of the pruned kernels are 0 (
          {shareText(zeros.after / Math.max(1, zeros.parameters))}); biases are left as they are.
        </li>
      )}
      {bound && (
        <li>
          Rounding moves no value by more than {numberText(bound.value)} (in <code>{bound.tensor}</code>).
        </li>
      )}
    </ul>
  );
}

function Downloads({ saved }: { saved: Saved }) {
  const blobs = useMemo(() => saved.files.map(({ file }) => file), [saved]);
  const addresses = useAddresses(blobs);
  const { files, compared, largest, broken } = saved;
  return (
    <>
      <p role="status">
        {broken.length > 0
          ? `These are not what they were to be, please report it: ${broken.join(', ')}.`
          : `Read back and compared: ${plural(compared, 'value')}, ${largest ? `the largest error of rounding is ${numberText(largest.value)}` : 'each as it was to be'}.`}
        {files.every(({ file }) => !file) && ` Written: ${files.map(({ name }) => name).join(', ')}.`}
      </p>
      <div className={styles.made}>
        {files.map(
          ({ name, bytes }, i) =>
            addresses[i] && (
              <a key={name} className="button button--primary" href={addresses[i]} download={name}>
                Download {name} ({bytesText(bytes)})
              </a>
            ),
        )}
      </div>
      {files.length > 1 && files.every(({ file }) => file) && <p>Keep them in one folder, under these names.</p>}
    </>
  );
}

interface PickedFolder {
  showDirectoryPicker?: (options: { mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;
}

interface ShrinkProps {
  view: View;
  ask: (work: Work) => void;
  cancel: (kind: 'change' | 'save') => void;
}

function Busy({ standing, cancel }: { standing: Standing; cancel: () => void }) {
  return (
    <p className={styles.status}>
      <span role="status">{standing.what || 'Waiting'} …</span>
      <progress max={1} value={standing.done} aria-label="How far it is" />
      <button type="button" className="button button--secondary button--sm" onClick={cancel}>
        Cancel
      </button>
    </p>
  );
}

/** Prunes and rounds the model: what that makes of its size, and the files. */
export function Shrink({ view, ask, cancel }: ShrinkProps) {
  const { opened, changed, saved, work } = view;
  const [change, setChange] = useState<Change>({ sparsity: 0, dtype: 'same' });
  // The change that the files were made of.
  const [kept, setKept] = useState<Change>();
  const [sparsity, dtype] = [useId(), useId()];
  const nothing = change.sparsity === 0 && change.dtype === 'same';
  useEffect(() => {
    if (nothing) return;
    const timer = setTimeout(() => ask({ kind: 'change', change }), SETTLED);
    return () => clearTimeout(timer);
  }, [change, nothing, ask]);

  const make = (folder: FileSystemDirectoryHandle | null) => {
    setKept(change);
    ask({ kind: 'save', change, folder });
  };
  const intoFolder = () =>
    (window as PickedFolder).showDirectoryPicker!({ mode: 'readwrite' }).then(make, () => undefined);
  const percent = Math.round(change.sparsity * 100);
  const problem = work.save.problem || work.change.problem;
  return (
    <div data-change={nothing ? 'none' : work.change.state} data-save={work.save.state}>
      <div className={styles.controls}>
        <div className={styles.control}>
          <label htmlFor={sparsity}>
            Smallest weights set to zero: <output htmlFor={sparsity}>{percent} %</output>
          </label>
          <input
            id={sparsity}
            type="range"
            min={0}
            max={99}
            value={percent}
            onChange={({ target }) => setChange({ ...change, sparsity: target.valueAsNumber / 100 })}
          />
        </div>
        <div className={styles.control}>
          <label htmlFor={dtype}>Stored as</label>
          <select
            id={dtype}
            className={styles.select}
            value={change.dtype}
            onChange={({ target }) => setChange({ ...change, dtype: target.value as Change['dtype'] })}
          >
            {(TYPES[opened!.format] ?? ['same']).map((name) => (
              <option key={name} value={name}>
                {name === 'same' ? 'as it is' : name}
              </option>
            ))}
          </select>
        </div>
      </div>
      {work.change.state === 'busy' && <Busy standing={work.change} cancel={() => cancel('change')} />}
      {problem && !nothing && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      {nothing ? (
        <p>Move the slider, or choose a type: the sizes are computed here.</p>
      ) : (
        changed &&
        !work.change.problem && (
          <div data-sizes>
            <Compared {...changed} />
            <Certificate {...changed} />
            <div className={styles.made}>
              <button type="button" className="button button--secondary" onClick={() => make(null)}>
                Make the files
              </button>
              {'showDirectoryPicker' in window && (
                <button type="button" className="button button--secondary" onClick={intoFolder}>
                  Save into a folder
                </button>
              )}
            </div>
          </div>
        )
      )}
      {work.save.state === 'busy' && <Busy standing={work.save} cancel={() => cancel('save')} />}
      {saved && work.save.state === 'done' && kept === change && <Downloads saved={saved} />}
    </div>
  );
}
