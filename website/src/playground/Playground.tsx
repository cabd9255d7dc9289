import useBaseUrl from '@docusaurus/useBaseUrl';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { toAddress } from './address.ts';
import styles from './playground.module.css';
import { type Piece, useProgram } from './use-program.ts';

const Editor = lazy(() => import('./Editor.tsx'));

/** Figures are drawn this wide at least, and at most. */
const WIDTHS = [280, 760] as const;

interface PlaygroundProps {
  /** The program that it begins with, and goes back to. */
  code: string;
  /** Whether the address of the page follows the program. */
  ownAddress?: boolean;
  /** Whether the cursor goes into the editor at once. */
  focus?: boolean;
}

function Output({ piece }: { piece: Piece }) {
  if (piece.type === 'line') return <pre className={styles[piece.level]}>{piece.text}</pre>;
  const { title, description, svg, name } = piece.figure;
  return (
    <figure className={styles.figure}>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: viz escapes all text; the program is the reader's own */}
      <div className="wk-figure" dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption>
        {name && <code>{name}</code>} <span className={styles.description}>{description || title}</span>
      </figcaption>
    </figure>
  );
}

/** An editor, a button that runs what is in it, and what it prints and draws. */
export default function Playground({ code: given, ownAddress = false, focus = false }: PlaygroundProps) {
  const base = useBaseUrl('/');
  const playground = useBaseUrl('/playground/');
  const [code, setCode] = useState(given);
  const [told, setTold] = useState('');
  const { run, start, stop, clear } = useProgram(base);
  const output = useRef<HTMLElement>(null);
  const latest = useRef(code);
  latest.current = code;

  useEffect(() => {
    setCode(given);
    clear();
  }, [given, clear]);

  const go = () => {
    setTold('');
    const room = (output.current?.clientWidth ?? WIDTHS[1]) - 2;
    start(latest.current, Math.round(Math.min(Math.max(room, WIDTHS[0]), WIDTHS[1])));
    if (ownAddress)
      toAddress(latest.current).then((hash) => hash !== undefined && history.replaceState(history.state, '', hash));
  };

  const share = async () => {
    const hash = await toAddress(latest.current);
    if (hash === undefined) return setTold('The program is too long for an address.');
    const address = new URL(playground + hash, location.origin).href;
    if (ownAddress) history.replaceState(history.state, '', hash);
    await navigator.clipboard.writeText(address).then(
      () => setTold('The address was copied: it carries the program.'),
      () => setTold(address),
    );
  };

  const busy = run.state === 'loading' || run.state === 'running';
  return (
    <section className={styles.playground} aria-label="Playground" data-playground={run.state}>
      <div className={styles.editor}>
        <Suspense fallback={<pre className={styles.waiting}>{given}</pre>}>
          <Editor code={code} onChange={setCode} onRun={go} label="Program" focus={focus} />
        </Suspense>
      </div>
      <div className={styles.controls}>
        {busy ? (
          <button type="button" className="button button--primary" onClick={stop}>
            Stop
          </button>
        ) : (
          <button type="button" className="button button--primary" onClick={go} title="Ctrl+Enter">
            Run
          </button>
        )}
        <button
          type="button"
          className="button button--secondary"
          disabled={code === given && run.state === 'none'}
          onClick={() => {
            setCode(given);
            clear();
          }}
        >
          Reset
        </button>
        <button type="button" className="button button--secondary" onClick={share}>
          Copy address
        </button>
        <p className={run.state === 'failed' ? styles.failed : styles.status} role="status">
          {run.says}
          {told && ` ${told}`}
        </p>
      </div>
      {/* A region that scrolls must be reachable by the keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as above */}
      <section
        ref={output}
        className={styles.output}
        aria-label="Output"
        tabIndex={run.pieces.length > 0 ? 0 : undefined}
      >
        {run.pieces.map((piece, i) => (
          <Output key={i} piece={piece} />
        ))}
      </section>
    </section>
  );
}
