import useBaseUrl from '@docusaurus/useBaseUrl';
import { useEffect, useRef } from 'react';
import drawn from 'still-drawings';
import { showValues } from './show-values.ts';

interface Props {
  /** The page and the drawing's name, as scripts/drawings.mjs has them. */
  page: string;
  name: string;
  /** Width and height of the drawing for wide and for narrow screens, `640 / 400`. */
  wide: string;
  narrow: string;
  /** The one that is shown whatever the screen. */
  only?: 'wide' | 'narrow' | undefined;
  /** Changes with the drawings. */
  version?: string;
}

function Still({
  page,
  name,
  kind,
  size,
  version = '',
  shown,
}: Props & { kind: 'wide' | 'narrow'; size: string; shown: string }) {
  const file = useBaseUrl(`/generated/drawings/${page}.json`);
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    // It is there where the page came from the server.
    if (current.firstChild) return showValues(current);
    let end = () => {};
    let here = true;
    // Only after a way within the site, so it is loaded then.
    import('./fetch-drawings.ts')
      .then(({ fetchDrawings }) => fetchDrawings(`${file}?${version}`))
      .then((drawings) => {
        current.innerHTML = drawings?.[name]?.[kind] ?? '';
        if (here) end = showValues(current);
      })
      .catch(() => {
        current.textContent = 'The drawing could not be loaded.';
      });
    return () => {
      here = false;
      end();
    };
  }, [file, version, name, kind]);
  return (
    <span
      ref={box}
      className={`still ${shown}`}
      style={{ aspectRatio: size }}
      // What the server wrote stays: React has an empty text here and leaves it alone.
      suppressHydrationWarning
      // The text comes from figures of viz, which escapes everything.
      dangerouslySetInnerHTML={{ __html: drawn[page]?.[name]?.[kind] ?? '' }}
    />
  );
}

/** A drawing in the HTML of the page: it has the colors of the page, light or dark, with and without scripts. */
export function StillDrawing(props: Props) {
  const { wide, narrow, only } = props;
  if (only) return <Still {...props} kind={only} size={only === 'wide' ? wide : narrow} shown="" />;
  return (
    <>
      <Still {...props} kind="wide" size={wide} shown="still--wide" />
      <Still {...props} kind="narrow" size={narrow} shown="still--narrow" />
    </>
  );
}
