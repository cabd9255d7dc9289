/** What tells that somebody is at the page. */
const TOUCHES = ['pointermove', 'pointerdown', 'keydown', 'focusin'];

let touched: Promise<void> | undefined;

/** Resolves with the first touch of the page: until then no figure can be asked for its values. */
function firstTouch(): Promise<void> {
  touched ??= new Promise((resolve) => {
    for (const type of TOUCHES) addEventListener(type, () => resolve(), { capture: true, once: true });
  });
  return touched;
}

/** Loads what shows values; a page may ask for it before it has figures. */
export const loadInteractive = () => import('./interactive.ts').then(({ interactive }) => interactive);

/** Shows the values of the figure in an element by pointer, touch and arrow keys; returns what ends it. */
export function showValues(box: Element): () => void {
  const svg = box.querySelector('svg');
  if (!svg) return () => {};
  let end = () => {};
  let here = true;
  firstTouch()
    .then(loadInteractive)
    .then(
      (interactive) => {
        if (here) end = interactive(svg).dispose;
      },
      // Without its file the figure stays as it is: the table below it has the values too.
      () => {},
    );
  return () => {
    here = false;
    end();
  };
}
