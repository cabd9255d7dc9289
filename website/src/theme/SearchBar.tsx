import SearchBar from '@theme-original/SearchBar';
import { type ComponentProps, type FocusEvent, useEffect, useRef } from 'react';

/** A key or a click moves the focus within this many milliseconds. */
const PROMPT = 100;

/**
 * The search box. It loads its index when it is focused and then takes the focus again, wherever a keyboard has gone in the
 * meantime; here the focus goes back unless the reader has just asked for it.
 */
export default function PoliteSearchBar(props: ComponentProps<typeof SearchBar>) {
  const asked = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const note = () => {
      asked.current = performance.now();
    };
    const events = ['keydown', 'pointerdown', 'pointerup'] as const;
    for (const event of events) document.addEventListener(event, note, true);
    return () => {
      for (const event of events) document.removeEventListener(event, note, true);
    };
  }, []);
  const giveBack = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof HTMLElement && performance.now() - asked.current > PROMPT) relatedTarget.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only sees where the focus of its content came from
    <div style={{ display: 'contents' }} onFocus={giveBack}>
      <SearchBar {...props} />
    </div>
  );
}
