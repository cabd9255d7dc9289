import useIsBrowser from '@docusaurus/useIsBrowser';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { type Block, plainHtml } from './block.ts';
import { highlightNow, loadHighlighter } from './highlighter.ts';

/**
 * The HTML of a code block. Where the page has brought it, nothing is given and React leaves it as it is: the highlighter is not
 * loaded. It comes for a block that is shown later.
 */
export function useHighlighted(block: Block, element: RefObject<HTMLElement | null>): string {
  const key = JSON.stringify(block);
  // False in the first rendering of a page that came as HTML.
  const isBrowser = useIsBrowser();
  const brought = useRef(isBrowser ? undefined : key);
  const [done, setDone] = useState<{ key: string; html: string }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what the block is
  useEffect(() => {
    // Empty where React made the page anew.
    if (brought.current === key && (block.code === '' || element.current?.hasChildNodes())) return;
    brought.current = undefined;
    let wanted = true;
    void loadHighlighter().then(({ highlight }) => wanted && setDone({ key, html: highlight(block) }));
    return () => {
      wanted = false;
    };
  }, [key]);
  if (highlightNow) return highlightNow(block);
  if (brought.current === key) return '';
  return done?.key === key ? done.html : plainHtml(block);
}
