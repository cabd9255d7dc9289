import useBaseUrl from '@docusaurus/useBaseUrl';
import type { Values } from '@weightkit/lesson/page';
import type { Table } from '@weightkit/viz';
import { memo, type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { StillDrawing } from '../StillDrawing.tsx';
import { showValues } from '../show-values.ts';
import { useLesson } from './context.ts';
import { describeValues } from './describe-values.ts';
import { draw } from './draw.ts';
import styles from './lesson.module.css';
import { PHONE, type StaticPicture } from './pictures.ts';
import type { Picture } from './protocol.ts';

/** Rows shown at most: a page of thousands of cells would block it. */
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

/** A table from the lines that scripts/pictures.mjs writes. */
function parseCsv(text: string): Table {
  const cellsOf = (line: string) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
      .slice(0, -1)
      .map(([, cell = '']) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
  const [columns = [], ...rows] = text.trimEnd().split('\n').map(cellsOf);
  const number = (cell: string) => (cell.trim() !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell);
  return { columns, rows: rows.map((row) => row.map(number)) };
}

/** The numbers of a figure of the default run, fetched once there is a file to be read. */
function useStaticTable(file: string | undefined): { table: Table | undefined; problem: string } {
  const [table, setTable] = useState<Table>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (file === undefined) return;
    let here = true;
    fetch(file)
      .then(async (response) => {
        if (!response.ok) throw new Error(String(response.status));
        const text = await response.text();
        if (here) setTable(parseCsv(text));
      })
      .catch((error: Error) => here && setProblem(`The numbers could not be loaded (${error.message}).`));
    return () => {
      here = false;
    };
  }, [file]);
  return { table, problem };
}

/** The numbers of the default run's figure, fetched when they are asked for. Without scripts the link leads to them. */
function StaticRows({ file }: { file: string }) {
  const { table, problem } = useStaticTable(file);
  if (problem) return <p role="alert">{problem}</p>;
  return table ? <Rows table={table} /> : <p>Loading …</p>;
}

/** The numbers of a figure of the run that is shown; undefined until they are there. */
export function useTable(name: string): Table | undefined {
  const { about, pictures, view } = useLesson();
  const base = useBaseUrl(`/generated/lessons/${about.name}/${name}.csv`);
  const { drawn } = view;
  const { table } = useStaticTable(drawn ? undefined : `${base}?${pictures.version}`);
  return drawn ? drawn.pictures[name]?.table : table;
}

/** A drawing of the default run: the one for phones or the other, without any script; a large one from its files. */
function StaticDrawing({ picture, narrow }: { picture: StaticPicture; narrow: boolean }) {
  const { about, pictures } = useLesson();
  const base = useBaseUrl(`/generated/lessons/${about.name}/${picture.name}`);
  if (picture.inPage)
    return (
      <StillDrawing
        page={about.name}
        name={picture.name}
        wide={picture.wide.join(' / ')}
        narrow={picture.narrow.join(' / ')}
        only={narrow ? 'narrow' : undefined}
        version={pictures.version}
      />
    );
  const fileOf = (kind: string) => `${base}-${kind}.svg?${pictures.version}`;
  const [width, height] = narrow ? picture.narrow : picture.wide;
  return (
    <>
      {['', '-dark'].map((side) => (
        <picture key={side} className={side === '' ? 'in-light' : 'in-dark'}>
          {!narrow && (
            <source
              media={PHONE}
              srcSet={fileOf(`narrow${side}`)}
              width={picture.narrow[0]}
              height={picture.narrow[1]}
            />
          )}
          <img
            src={fileOf(`${narrow ? 'narrow' : 'wide'}${side}`)}
            width={width}
            height={height}
            alt={picture.title}
            loading="lazy"
          />
        </picture>
      ))}
    </>
  );
}

const Inline = memo(function Inline({ svg }: { svg: string }) {
  const box = useRef<HTMLDivElement>(null);
  // Another drawing is another element in the box.
  useEffect(() => (box.current ? showValues(box.current) : undefined), [svg]);
  // The text comes from the lesson's own figures, in which viz escapes everything.
  return <div ref={box} className={styles.svg} data-live dangerouslySetInnerHTML={{ __html: svg }} />;
});

/** Keeps the room of the highest drawing of this width so far, so that nothing below moves while another one is drawn. */
function useRoom(svg: string | undefined): { aspectRatio: string } | undefined {
  const rooms = useRef<Record<string, number>>({});
  if (!svg) return undefined;
  const [, width = '1', height = '0'] = /viewBox="0 0 (\S+) (\S+)"/.exec(svg) ?? [];
  const room = Math.max(rooms.current[width] ?? 0, Number(height));
  rooms.current[width] = room;
  return { aspectRatio: `${width} / ${room}` };
}

interface ShownProps {
  picture: StaticPicture;
  live: Picture | undefined;
  narrow: boolean;
}

function Drawing({ picture, live, narrow }: ShownProps) {
  const room = useRoom(live?.svg);
  return (
    <div className={styles.drawing} style={room}>
      {live ? <Inline svg={live.svg} /> : <StaticDrawing picture={picture} narrow={narrow} />}
    </div>
  );
}

function Numbers({ picture, live }: Omit<ShownProps, 'narrow'>) {
  const { about, pictures } = useLesson();
  const [open, setOpen] = useState(false);
  const file = useBaseUrl(`/generated/lessons/${about.name}/${picture.name}.csv`);
  return (
    <details className={styles.numbers} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Numbers: {live?.title ?? picture.title}</summary>
      {!open && <a href={`${file}?${pictures.version}`}>As a file (CSV)</a>}
      {open && (live ? <Rows table={live.table} /> : <StaticRows file={`${file}?${pictures.version}`} />)}
    </details>
  );
}

const Labelled = ({ what, values, other }: { what: string; values: Values; other: Values }) => {
  const { about } = useLesson();
  return (
    <p className={styles.label}>
      <strong>{what}</strong> {describeValues(about, values, other)}
    </p>
  );
};

/** Takes clicks on a drawing, and the way of a pressed mouse, where the lesson's main figure is one to click on. */
function Picked({ name, children }: { name: string; children: ReactNode }) {
  const { pick, sketch, sketched, values, changeAll } = useLesson();
  const take = ({ currentTarget, clientX, clientY }: PointerEvent<HTMLDivElement>) => {
    const all = [...currentTarget.querySelectorAll<HTMLImageElement | SVGSVGElement>('img, svg')];
    // Of a drawing for phones and one for wide windows one is shown.
    const drawing = all.find((one) => one.getBoundingClientRect().width > 0);
    const figure = (sketched ?? sketch?.(values))?.[name];
    if (!drawing || !figure || !pick) return;
    const { left, top, width: shown } = drawing.getBoundingClientRect();
    const width = drawing instanceof SVGSVGElement ? drawing.viewBox.baseVal.width : drawing.naturalWidth;
    const svg = figure.svg({ width, idPrefix: 'picked' });
    const asked = pick(svg, ((clientX - left) * width) / shown, ((clientY - top) * width) / shown, values);
    if (asked) changeAll(asked);
  };
  return (
    // The controls do the same for the keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div
      className={styles.picked}
      onPointerDown={(event) => event.pointerType === 'mouse' && event.button === 0 && take(event)}
      onPointerMove={(event) => event.pointerType === 'mouse' && (event.buttons & 1) === 1 && take(event)}
      // A finger that scrolls ends without this.
      onPointerUp={(event) => event.pointerType !== 'mouse' && take(event)}
      onDragStart={(event) => event.preventDefault()}
    >
      {children}
    </div>
  );
}

/** One figure of the lesson, live or of the default run, beside the pinned one if there is one. */
export function LiveFigure({ name }: { name: string }) {
  const { pictures, view, stale, look, values, narrow, sketched, pick } = useLesson();
  const box = useRef<HTMLElement>(null);
  const picture = pictures.figures.find((figure) => figure.name === name);
  if (!picture)
    throw new Error(`Figure: name must be one of ${pictures.figures.map(({ name }) => name).join(', ')}, got ${name}`);
  const { drawn, pinned, whole } = view;
  const fresh = drawn?.pictures[name];
  // A run that goes on draws what is in view; until it is this figure's turn the last one stays, marked.
  const kept = useRef<Picture | undefined>(undefined);
  if (!drawn) kept.current = undefined;
  else if (fresh) kept.current = fresh;
  const [near, setNear] = useState(picture.place === 'main');
  const sketch = near ? sketched?.[name] : undefined;
  const width = (narrow ? picture.narrow : picture.wide)[0];
  const live = useMemo(() => sketch && draw(sketch, width, `figure-${name}`), [sketch, width, name]) ?? kept.current;
  const missing = drawn !== undefined && whole && !fresh;
  const waiting = drawn !== undefined && !whole && !fresh;

  useEffect(() => {
    if (!box.current) return;
    const seen = (entries: IntersectionObserverEntry[]) => {
      const { isIntersecting } = entries.at(-1)!;
      look(name, isIntersecting);
      setNear(isIntersecting);
    };
    const observer = new IntersectionObserver(seen, { rootMargin: '200px' });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      look(name, false);
    };
  }, [name, look]);

  const old = pinned?.pictures[name];
  const drawing = (
    <Drawing picture={picture} live={live} narrow={pinned !== undefined} key={pinned ? 'beside' : 'alone'} />
  );
  const current = pick && picture.place === 'main' ? <Picked name={name}>{drawing}</Picked> : drawing;
  return (
    <figure
      ref={box}
      className={`${styles.figure} ${picture.place === 'main' ? styles.mainFigure : ''}`}
      data-figure={name}
      data-stale={!sketch && (stale || waiting)}
    >
      {pinned && old ? (
        <div className={styles.compared}>
          <div>
            <Labelled what="Pinned:" values={pinned.values} other={values} />
            <Drawing picture={picture} live={old} narrow />
          </div>
          <div>
            <Labelled what="Now:" values={sketch ? values : (drawn?.values ?? pinned.values)} other={pinned.values} />
            {current}
          </div>
        </div>
      ) : (
        current
      )}
      {missing && <p className={styles.label}>The run that is shown is too short for this figure.</p>}
      <figcaption>{live?.description ?? picture.description}</figcaption>
      <Numbers picture={picture} live={live} />
    </figure>
  );
}

/** A figure beside the sentences that explain it: `<Figure name="traces">Two or three sentences.</Figure>`. */
export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.beside}>
      <LiveFigure name={name} />
      <div>{children}</div>
    </div>
  );
}

/** A figure of what was measured, which no run changes, beside its sentences. */
export function MeasuredFigure({ name, children }: { name: string; children: ReactNode }) {
  const { pictures } = useLesson();
  const picture = pictures.measured.find((figure) => figure.name === name);
  if (!picture)
    throw new Error(
      `MeasuredFigure: name must be one of ${pictures.measured.map(({ name }) => name).join(', ')}, got ${name}`,
    );
  return (
    <div className={styles.beside}>
      <figure className={styles.figure} data-figure={name}>
        <Drawing picture={picture} live={undefined} narrow={false} />
        <figcaption>{picture.description}</figcaption>
        <Numbers picture={picture} live={undefined} />
      </figure>
      <div>{children}</div>
    </div>
  );
}

/** The figures that stand nowhere else on the page. */
export function MoreFigures() {
  const { pictures } = useLesson();
  const others = pictures.figures.filter(({ place }) => place === 'more');
  if (others.length === 0) return null;
  return (
    <details className={styles.fold}>
      <summary>
        More figures of the same run:{' '}
        {others
          .map(({ title }) => title.replace(/:.*/, ''))
          .filter((title, i, all) => all.indexOf(title) === i)
          .join(', ')}
      </summary>
      <div className={styles.more}>
        {others.map(({ name }) => (
          <LiveFigure key={name} name={name} />
        ))}
      </div>
    </details>
  );
}
