import type { Table } from '@weightkit/viz';
import { memo, useState } from 'react';
import styles from './lesson.module.css';
import type { Picture } from './protocol.ts';

/** Rows shown at most: a run of 60 epochs has fewer, and a page of thousands of cells would block it. */
const ROWS = 200;

const show = (cell: string | number): string => (typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell);

function Rows({ table }: { table: Table }) {
  const rows = table.rows.slice(0, ROWS);
  return (
    // A region that scrolls must be reachable by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section className={styles.table} aria-label="Numbers of the figure" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column, i) => (
              <th key={i} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) =>
                column === 0 ? (
                  <th key={column} scope="row">
                    {show(cell)}
                  </th>
                ) : (
                  <td key={column}>{show(cell)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > ROWS && (
        <p>
          The first {ROWS} of {table.rows.length} rows.
        </p>
      )}
    </section>
  );
}

const Drawing = memo(function Drawing({ svg }: { svg: string }) {
  // The text comes from the lesson's own figures, in which viz escapes everything.
  return <div className={styles.drawing} dangerouslySetInnerHTML={{ __html: svg }} />;
});

const FigureView = memo(function FigureView({ picture }: { picture: Picture }) {
  const [open, setOpen] = useState(false);
  const { svg, title, description, table } = picture;
  return (
    <figure className={styles.figure}>
      <Drawing svg={svg} />
      <figcaption>{description}</figcaption>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Numbers: {title}</summary>
        {open && <Rows table={table} />}
      </details>
    </figure>
  );
});

/** The figures of a run, each with its text alternative and its numbers. */
export const Figures = memo(function Figures({ pictures }: { pictures: readonly Picture[] }) {
  return (
    <div className={styles.figures}>
      {pictures.map((picture, i) => (
        <FigureView key={i} picture={picture} />
      ))}
    </div>
  );
});
