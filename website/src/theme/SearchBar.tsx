import type SearchBar from '@theme-original/SearchBar';
import { type ComponentProps, type FocusEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** A click or a touch moves the focus within this many milliseconds; a key does at once. */
const PROMPT = 100;
/** A page with this in its address marks the words that were looked for, which the search box does. */
const MARKED = '_highlight';

type Bar = typeof SearchBar;

/** Types a text into a field as a keyboard would: React sees it. */
function type(field: HTMLInputElement, text: string): void {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/**
 * The search box. Until someone points at it, goes to it or asks for it by Ctrl K, it is a plain field: the one that searches is
 * loaded then. That loads its index when it is focused and then takes the focus again, wherever a keyboard has gone in the
 * meantime; here the focus goes back unless the reader has just asked for it.
 */
export default function LatePoliteSearchBar(props: ComponentProps<Bar>) {
  const [SearchBar, setSearchBar] = useState<Bar>();
  const box = useRef<HTMLDivElement>(null);
  const asked = useRef(Number.NEGATIVE_INFINITY);
  /** What was typed into the plain field; nothing where nobody went to it. */
  const before = useRef<string>(undefined);

  const load = useCallback(async () => {
    const loaded = await import('@theme-original/SearchBar');
    setSearchBar(() => loaded.default);
  }, []);

  useEffect(() => {
    const note = (event: Event) => {
      asked.current = performance.now();
      // A key that goes elsewhere must not let the box take the focus a moment later.
      if (event.type === 'keydown')
        setTimeout(() => {
          asked.current = Number.NEGATIVE_INFINITY;
        });
      const { key, ctrlKey, metaKey } = event as KeyboardEvent;
      if (SearchBar || key?.toLowerCase() !== 'k' || !(ctrlKey || metaKey)) return;
      event.preventDefault();
      box.current?.querySelector('input')?.focus();
    };
    // Nor what has gone elsewhere already.
    const left = ({ target }: Event) => {
      if (!box.current?.contains(target as Node)) asked.current = Number.NEGATIVE_INFINITY;
    };
    document.addEventListener('focusin', left, true);
    const events = ['keydown', 'pointerdown', 'pointerup'] as const;
    for (const event of events) document.addEventListener(event, note, true);
    return () => {
      document.removeEventListener('focusin', left, true);
      for (const event of events) document.removeEventListener(event, note, true);
    };
  }, [SearchBar]);

  useEffect(() => {
    if (new URLSearchParams(window.location.search).has(MARKED)) void load();
  }, [load]);

  // Before the next key is pressed.
  useLayoutEffect(() => {
    const field = box.current?.querySelector('input');
    // The focus is nowhere when the field that had it is gone; elsewhere it stays.
    if (!SearchBar || !field || before.current === undefined || document.activeElement !== document.body) return;
    asked.current = performance.now();
    field.focus();
    if (before.current) type(field, before.current);
  }, [SearchBar]);

  const giveBack = ({ relatedTarget }: FocusEvent) => {
    // A figure that shows its values is an SVG element.
    const canFocus = relatedTarget instanceof HTMLElement || relatedTarget instanceof SVGElement;
    if (SearchBar && canFocus && performance.now() - asked.current > PROMPT) relatedTarget.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only sees where the focus of its content came from
    <div ref={box} style={{ display: 'contents' }} onFocus={giveBack}>
      {SearchBar ? (
        <SearchBar {...props} />
      ) : (
        <div className="navbar__search">
          <input
            className="navbar__search-input"
            placeholder="Search"
            aria-label="Search"
            onPointerEnter={() => void load()}
            onInput={({ currentTarget }) => {
              before.current = currentTarget.value;
            }}
            onFocus={({ currentTarget }) => {
              before.current = currentTarget.value;
              void load();
            }}
          />
        </div>
      )}
    </div>
  );
}
