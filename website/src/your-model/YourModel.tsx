import Heading from '@theme/Heading';
import { useCallback, useEffect, useRef } from 'react';
import { Drop } from './Drop.tsx';
import { OneTensor, Sections } from './Figures.tsx';
import { Findings } from './Findings.tsx';
import { Shrink } from './Shrink.tsx';
import { Summary } from './Summary.tsx';
import { bytesText } from './texts.ts';
import { useModel, type View } from './use-model.ts';
import styles from './your-model.module.css';

/** What tells that somebody is at the page. */
const TOUCHES = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;
/** Figures are drawn this wide at least, and at most. */
const WIDTHS = [280, 720] as const;
/** Two stand beside each other where there is room for both, and this between them. */
const [TWO, GAP] = [900, 16];

function saysOf({ opened, check, work: { model } }: View): string {
  switch (model.state) {
    case 'none':
      return '';
    case 'busy':
      return `${model.what || 'Opening'} …`;
    case 'cancelled':
      return opened ? 'Cancelled: what had been read is shown below.' : 'Cancelled.';
    case 'failed':
      return 'Not opened.';
    case 'done':
      if (!opened) return 'The model cannot be opened. This is wrong with its files:';
      return check ? `${opened.name}: done in ${model.seconds.toFixed(1)} s.` : `${opened.name} is open.`;
  }
}

function Status({ view, cancel }: { view: View; cancel: () => void }) {
  const { state, done, problem } = view.work.model;
  return (
    <div className={styles.status}>
      <p role="status">{saysOf(view)}</p>
      {state === 'busy' && (
        <>
          <progress max={1} value={done} aria-label="How far it is" />
          <button type="button" className="button button--secondary button--sm" onClick={cancel}>
            Cancel
          </button>
        </>
      )}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** Takes a model, opens it in a worker, and shows what is in it. */
export default function YourModel() {
  const box = useRef<HTMLDivElement>(null);
  const width = useCallback(() => {
    const room = box.current?.clientWidth ?? WIDTHS[1];
    const one = room < TWO ? room : (room - GAP) / 2;
    return Math.floor(Math.min(Math.max(one, WIDTHS[0]), WIDTHS[1]));
  }, []);
  const { view, ready, warm, open, ask, cancel } = useModel(width);
  const { work, opened, check, sections } = view;
  // What the page needs for a model is loaded before there is one: from then on nothing is fetched.
  useEffect(() => {
    for (const type of TOUCHES) addEventListener(type, warm, { once: true });
    return () => {
      for (const type of TOUCHES) removeEventListener(type, warm);
    };
  }, [warm]);
  const draw = useCallback((name: string) => ask({ kind: 'tensor', name, width: width() }), [ask, width]);
  const { inspection } = opened ?? {};
  return (
    <div ref={box} data-model={work.model.state} data-ready={ready}>
      <Drop open={open} warm={warm} />
      <Status view={view} cancel={() => cancel('model')} />
      {check && (
        <section aria-labelledby="found">
          <Heading as="h2" id="found">
            What was found
          </Heading>
          <Findings check={check} />
        </section>
      )}
      {opened && inspection && (
        <section aria-labelledby="tensors">
          <Heading as="h2" id="tensors">
            What is in it
          </Heading>
          {inspection.headerOnly && work.model.state !== 'busy' && (
            <p>
              Names, shapes and types were read, no values.{' '}
              <button
                type="button"
                className="button button--primary button--sm"
                onClick={() => ask({ kind: 'model', files: null, width: width() })}
              >
                Read all values ({bytesText(inspection.bytes)})
              </button>
            </p>
          )}
          <Summary opened={opened} />
        </section>
      )}
      {opened && check && (
        <section aria-labelledby="smaller">
          <Heading as="h2" id="smaller">
            Make it smaller
          </Heading>
          <Shrink view={view} ask={ask} cancel={cancel} />
        </section>
      )}
      {sections.length > 0 && (
        <section aria-labelledby="figures">
          <Heading as="h2" id="figures">
            Figures
          </Heading>
          <OneTensor view={view} draw={draw} />
          <Sections sections={sections} />
        </section>
      )}
    </div>
  );
}
