import Link from '@docusaurus/Link';
import useBrokenLinks from '@docusaurus/useBrokenLinks';
import { type ReactNode, useId, useState } from 'react';
import { GLOSSARY } from '../../../lessons/glossary.ts';
import styles from './lesson.module.css';

const idOf = (word: string): string => `term-${word}`.replaceAll(/\W/g, '-');

/** Room that a tip takes at most, in pixels, as in the style sheet. */
const TIP = 320;

/** A word of the glossary; what it means shows when it is hovered or focused: `<Term of="kernel">kernels</Term>`. */
export function Term({ of, children }: { of: keyof typeof GLOSSARY; children: ReactNode }) {
  const id = useId();
  const [dismissed, setDismissed] = useState(false);
  // Only then, so that the meaning does not stand in the text of the page for those who search or copy it.
  const [shown, setShown] = useState(false);
  const [left, setLeft] = useState(0);
  const meaning = GLOSSARY[of];
  if (!meaning) throw new Error(`Term: of must be one of ${Object.keys(GLOSSARY).join(', ')}, got ${of}`);
  // Near the right edge the tip begins farther to the left.
  const place = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    setShown(true);
    const room = document.documentElement.clientWidth - 16;
    setLeft(Math.min(0, room - Math.min(TIP, 0.7 * room) - currentTarget.getBoundingClientRect().left));
  };
  return (
    <span className={styles.term} data-dismissed={dismissed}>
      <Link
        to={`/lessons/glossary/#${idOf(of)}`}
        {...(shown && { 'aria-describedby': id })}
        onPointerEnter={place}
        onFocus={place}
        onKeyDown={(event) => event.key === 'Escape' && setDismissed(true)}
        onBlur={() => setDismissed(false)}
      >
        {children}
      </Link>
      {shown && (
        <span role="tooltip" id={id} className={styles.tip} style={{ left }}>
          {meaning}
        </span>
      )}
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
