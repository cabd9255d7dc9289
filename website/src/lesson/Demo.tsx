import { useRef } from 'react';
import { BackendPicker } from './BackendPicker.tsx';
import { Controls, type Fields } from './Controls.tsx';
import { useLesson } from './context.ts';
import { LiveFigure } from './Figure.tsx';
import styles from './lesson.module.css';
import { Scrubber } from './Scrubber.tsx';
import { StatusLine } from './StatusLine.tsx';

function Buttons() {
  const { busy, view, run, stop, reset, pin, unpin } = useLesson();
  const { pinned } = view;
  return (
    <div className={styles.bar}>
      <button type="button" className="button button--primary button--sm" onClick={() => run()}>
        Run
      </button>
      <button
        type="button"
        className="button button--secondary button--sm"
        aria-disabled={!busy}
        onClick={() => busy && stop()}
      >
        Stop
      </button>
      <button type="button" className="button button--secondary button--sm" onClick={reset}>
        Reset
      </button>
      <button
        type="button"
        className="button button--secondary button--sm"
        aria-pressed={pinned !== undefined}
        aria-disabled={busy && !pinned}
        title="Keeps this run beside the next one"
        onClick={() => (pinned ? unpin() : busy || pin())}
      >
        Pin
      </button>
    </div>
  );
}

/**
 * The first screen of a lesson: its question, its main figure, and the controls that matter most. A parameter whose point needs a
 * control of its own has it in `fields`.
 */
export function Demo({ fields }: { fields?: Fields }) {
  const { about, pictures, values, view, backend, change, pickBackend, prepare } = useLesson();
  const { figure, controls } = about.main;
  const settings = Object.keys(about.parameters).filter((name) => !controls.includes(name));
  // While a run goes on the sentences of the one before stay, so that nothing moves.
  const told = useRef(pictures.summary);
  if (!view.drawn) told.current = pictures.summary;
  else if (view.finish) told.current = view.finish.summary;
  const [first, ...others] = told.current;
  return (
    <section className={styles.demo} aria-label="The experiment" onPointerEnter={prepare} onFocus={prepare}>
      <p className={styles.question}>{about.question}</p>
      <div className={styles.screen}>
        <div className={styles.stage}>
          <LiveFigure name={figure} />
          <Scrubber />
        </div>
        <div className={styles.panel}>
          <Controls names={controls} about={about} values={values} fields={fields} onChange={change} />
          <Buttons />
          <StatusLine />
          <details className={styles.fold}>
            <summary>More settings</summary>
            <Controls names={settings} about={about} values={values} fields={fields} onChange={change} />
            <BackendPicker choice={view.choice} used={view.backend} value={backend} onChange={pickBackend} />
          </details>
          <noscript>
            <p>The figures show one run, made in advance. To change its settings, the page needs JavaScript.</p>
          </noscript>
        </div>
      </div>
      <details className={`${styles.fold} ${styles.summary}`}>
        <summary>{first}</summary>
        {others.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </details>
      <p className={styles.place}>What to know before: {about.before.join(', ')}.</p>
    </section>
  );
}
