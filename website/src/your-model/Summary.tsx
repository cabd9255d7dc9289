import { useMemo, useState } from 'react';
import type { InspectedTensor } from './command.ts';
import type { Opened } from './protocol.ts';
import { bytesText, countText, numberText, plural, shapeText, shareText, sparkline } from './texts.ts';
import styles from './your-model.module.css';

/** Rows at a time: thousands at once would block the page. */
const ROWS = 100;

/** The statistics of a tensor, a cell each. */
function Values({ statistics, parameters }: InspectedTensor) {
  if (!statistics)
    return (
      <>
        {['zeros', 'min', 'max', 'std', 'histogram'].map((name) => (
          <td key={name}>-</td>
        ))}
      </>
    );
  const { zeros, min, max, std, histogram, nonFinite } = statistics;
  return (
    <>
      <td>{parameters === 0 ? '-' : shareText(zeros / parameters)}</td>
      <td>{numberText(min)}</td>
      <td>{numberText(max)}</td>
      <td>{numberText(std)}</td>
      <td className={styles.spark}>
        {nonFinite > 0 ? `${countText(nonFinite)} not finite ` : ''}
        {histogram.length > 0 && (
          <span role="img" aria-label={`Counts in eight bins: ${histogram.join(', ')}`}>
            {sparkline(histogram)}
          </span>
        )}
      </td>
    </>
  );
}

/** Every tensor of a model in a row, and the totals above. */
export function Summary({ opened }: { opened: Opened }) {
  const { inspection, files } = opened;
  const { format, tensors, parameters, bytes } = inspection;
  const [wanted, setWanted] = useState('');
  const [most, setMost] = useState(ROWS);
  const found = useMemo(
    () => tensors.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase())),
    [tensors, wanted],
  );
  const onDisk = files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <>
      <p>
        {format}: {plural(tensors.length, 'tensor')}, {plural(parameters, 'parameter')}, {bytesText(bytes)} of weights,{' '}
        {plural(files.length, 'file')} of {bytesText(onDisk)}.
      </p>
      {tensors.length > 10 && (
        <p>
          <label>
            Names with{' '}
            <input
              type="search"
              className={styles.search}
              value={wanted}
              onChange={({ target }) => {
                setWanted(target.value);
                setMost(ROWS);
              }}
            />
          </label>
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard */}
      <section className={styles.table} aria-label="Tensors" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {['name', 'shape', 'dtype', 'stored as', 'bytes', 'zeros', 'min', 'max', 'std', 'histogram'].map(
                (title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map((tensor) => (
              <tr key={tensor.name}>
                <th scope="row">{tensor.name}</th>
                <td>{shapeText(tensor.shape)}</td>
                <td>{tensor.dtype}</td>
                <td>{tensor.storedAs}</td>
                <td>{countText(tensor.bytes)}</td>
                <Values {...tensor} />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {found.length > most && (
        <p>
          The first {countText(most)} of {plural(found.length, 'tensor')}.{' '}
          <button type="button" className="button button--secondary button--sm" onClick={() => setMost(most + ROWS)}>
            Show more
          </button>
        </p>
      )}
      {found.length === 0 && tensors.length > 0 && <p>No name has that in it.</p>}
    </>
  );
}
