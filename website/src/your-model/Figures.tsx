import Heading from '@theme/Heading';
import { memo, useEffect, useId, useRef, useState } from 'react';
import type { Picture } from '../lesson/protocol.ts';
import { showValues } from '../show-values.ts';
import type { DrawnSection } from './protocol.ts';
import type { View } from './use-model.ts';
import styles from './your-model.module.css';

const Drawing = memo(function Drawing({ picture: { svg, title, description } }: { picture: Picture }) {
  const box = useRef<HTMLDivElement>(null);
  // Another drawing is another element in the box.
  useEffect(() => (box.current ? showValues(box.current) : undefined), [svg]);
  return (
    <figure className={styles.figure}>
      {/* The text comes from viz, which escapes everything. */}
      <div ref={box} className="wk-figure" dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption>{description || title}</figcaption>
    </figure>
  );
});

/** Figures of the whole model. */
export function Sections({ sections }: { sections: readonly DrawnSection[] }) {
  return sections.map(({ heading, paragraphs, pictures }) => (
    <section key={heading}>
      <Heading as="h3">{heading}</Heading>
      {paragraphs.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <div className={styles.figures}>
        {pictures.map((picture) => (
          <Drawing key={picture.title} picture={picture} />
        ))}
      </div>
    </section>
  ));
}

/** More would make a list that blocks the page. */
const MOST_NAMES = 1000;

interface OneTensorProps {
  view: View;
  draw: (name: string) => void;
}

/** Figures of a tensor that the reader chooses. */
export function OneTensor({ view: { opened, tensor, work }, draw }: OneTensorProps) {
  const id = useId();
  const [name, setName] = useState('');
  const names = opened!.inspection.tensors.filter(({ statistics }) => statistics).map((one) => one.name);
  if (names.length === 0) return null;
  const { state, problem } = work.tensor;
  return (
    <section>
      <Heading as="h3">One tensor</Heading>
      <p>
        <label htmlFor={id}>Values, filters and singular values of </label>
        <select
          id={id}
          className={styles.select}
          value={name}
          onChange={({ target }) => {
            setName(target.value);
            if (target.value) draw(target.value);
          }}
        >
          <option value="">choose a tensor</option>
          {names.slice(0, MOST_NAMES).map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>{' '}
        <span role="status">{state === 'busy' ? 'Drawing …' : problem || tensor?.said}</span>
      </p>
      {tensor && tensor.name === name && (
        <div className={styles.figures}>
          {tensor.pictures.map((picture) => (
            <Drawing key={picture.title} picture={picture} />
          ))}
        </div>
      )}
    </section>
  );
}
