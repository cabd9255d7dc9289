import { useCodeBlockContext } from '@docusaurus/theme-common/internal';
import { type ReactNode, useRef } from 'react';
import { useHighlighted } from '../../../code/use-highlighted.ts';
import styles from './styles.module.css';

/** The lines of a code block. */
export default function CodeBlockContent({ className = '' }: { className?: string }): ReactNode {
  const { metadata, wordWrap } = useCodeBlockContext();
  const { code, language, lineNumbersStart, lineClassNames } = metadata;
  const numbered = lineNumbersStart !== undefined;
  const element = useRef<HTMLElement>(null);
  const html = useHighlighted({ code, language, lineClassNames, numbered }, element);
  return (
    <pre
      ref={wordWrap.codeBlockRef}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll must be reachable by keyboard
      tabIndex={0}
      className={`${className} prism-code language-${language} ${styles.block} thin-scrollbar`}
    >
      <code
        ref={element}
        className={numbered ? `${styles.lines} ${styles.numbered}` : styles.lines}
        style={numbered ? { counterReset: `line-count ${lineNumbersStart - 1}` } : undefined}
        suppressHydrationWarning
        // biome-ignore lint/security/noDangerouslySetInnerHtml: made of escaped text
        dangerouslySetInnerHTML={{ __html: html }}
      />
    </pre>
  );
}
