import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import { type ReactNode, useId, useState } from 'react';
import { GLOSSARY } from '../../../lessons/glossary.ts';
import styles from './lesson.module.css';

const idOf = (word: string): string => `term-${word}`.replaceAll(/\W/g, '-');

/** A word of the glossary; what it means shows when it is hovered or focused: `<Term of="kernel">kernels</Term>`. */
export function Term({ of, children }: { of: keyof typeof GLOSSARY; children: ReactNode }) {
  const id = useId();
  const [dismissed, setDismissed] = useState(false);
  const meaning = GLOSSARY[of];
  if (!meaning) throw new Error(`Term: of must be one of ${Object.keys(GLOSSARY).join(', ')}, got ${of}`);
  return (
    <span className={styles.term} data-dismissed={dismissed}>
      <Link
        to={`/lessons/glossary/#${idOf(of)}`}
        aria-describedby={id}
        onKeyDown={(event) => event.key === 'Escape' && setDismissed(true)}
        onBlur={() => setDismissed(false)}
      >
        {children}
      </Link>
      <span role="tooltip" id={id} className={styles.tip}>
        {meaning}
      </span>
    </span>
  );
}

/** All words of the glossary. */
export function Glossary() {
  const { collectAnchor } = useBrokenLinks();
  for (const word of Object.keys(GLOSSARY)) collectAnchor(idOf(word));
  return (
    <dl>
      {Object.entries(GLOSSARY).map(([word, meaning]) => (
        <div key={word} id={idOf(word)} className={styles.word}>
          <dt>{word}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
