/** What `interactive` takes back. */
export interface Interaction {
  /** Removes what was added, listeners and all. */
  dispose(): void;
}

/** Does what `interactive` says. Pages of reports carry this file alone. */
export function attach(svg: Element): Interaction {
  const page = svg.ownerDocument;
  type Place = readonly [x: number, y: number, text: string];
  const places = JSON.parse(svg.querySelector('metadata')?.textContent || '[]') as Place[];
  const [, , width = 0, height = 0] = (svg.getAttribute('viewBox') ?? '').split(' ').map(Number);
  if (places.length === 0) return { dispose() {} };
  const make = (name: string, attributes: Record<string, string | number>, parent: Element) => {
    const element = page.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in attributes) element.setAttribute(key, String(attributes[key]));
    parent.append(element);
    return element;
  };
  // What browsers show of themselves would stand over it.
  const titles = [...svg.querySelectorAll('g title')].map((title) => [title.parentElement!, title] as const);
  for (const [, title] of titles) title.remove();
  let at = -1;
  let shown: Element | undefined;
  let live: Element | undefined;

  const hide = () => {
    shown?.remove();
    shown = undefined;
  };
  const show = (i: number, aloud: boolean) => {
    at = i;
    hide();
    const [x, y, text] = places[i]!;
    const lines = [''];
    for (const word of text.split(' ')) {
      const last = lines.length - 1;
      if (lines[last] !== '' && lines[last]!.length + word.length > Math.max(16, width / 9)) lines.push(word);
      else lines[last] += `${lines[last] === '' ? '' : ' '}${word}`;
    }
    const wide = Math.min(width - 4, 16 + 6.8 * Math.max(...lines.map((line) => line.length)));
    const high = 10 + 16 * lines.length;
    const left = Math.max(2, Math.min(width - wide - 2, x - wide / 2));
    const top = y - high - 10 > 2 ? y - high - 10 : Math.min(height - high - 2, y + 12);
    const [ground, ink] = ['var(--wk-ground, #fff)', 'var(--wk-title, #111)'];
    shown = make('g', { 'pointer-events': 'none', 'aria-hidden': 'true', 'data-mark': 'shown', 'font-size': 12 }, svg);
    make('circle', { cx: x, cy: y, r: 6, fill: 'none', stroke: ground, 'stroke-width': 4 }, shown);
    make('circle', { cx: x, cy: y, r: 6, fill: 'none', stroke: ink, 'stroke-width': 2 }, shown);
    make('rect', { x: left, y: top, width: wide, height: high, rx: 4, fill: ground, stroke: ink }, shown);
    lines.forEach((line, k) => {
      const look = { x: left + wide / 2, y: top + 17 + 16 * k, fill: ink, 'text-anchor': 'middle' };
      make('text', look, shown!).textContent = line;
    });
    if (!aloud) return;
    live = page.querySelector('[data-wk-live]') ?? undefined;
    if (live === undefined) {
      live = page.createElement('div');
      live.setAttribute('data-wk-live', '');
      live.setAttribute('role', 'status');
      live.setAttribute(
        'style',
        'position:fixed;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap',
      );
      page.body.append(live);
    }
    live.textContent = text;
  };
  /** The place that is nearest, if any is near enough. */
  const nearest = (far: (place: Place) => number, most: number) => {
    let best = -1;
    let least = most;
    places.forEach((place, i) => {
      const distance = far(place);
      if (distance < least) [best, least] = [i, distance];
    });
    return best;
  };

  const pointed = (event: Event) => {
    const { clientX, clientY } = event as PointerEvent;
    const box = svg.getBoundingClientRect();
    const [x, y] = [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
    const found = nearest((place) => Math.hypot(place[0] - x, place[1] - y), Math.max(48, width / 10));
    if (found < 0) hide();
    else if (found !== at || shown === undefined) show(found, false);
  };
  const left = () => {
    if (page.activeElement !== svg) hide();
  };
  const keyed = (event: Event) => {
    const { key, ctrlKey, altKey, metaKey } = event as KeyboardEvent;
    if (ctrlKey || altKey || metaKey) return;
    const here = Math.max(0, at);
    const [x, y] = places[here]!;
    const upright = (sign: number) => (place: Place) =>
      sign * (place[1] - y) > 0.5 ? 8 * Math.abs(place[0] - x) + Math.abs(place[1] - y) : Number.POSITIVE_INFINITY;
    const next =
      key === 'ArrowRight'
        ? Math.min(places.length - 1, at + 1)
        : key === 'ArrowLeft'
          ? Math.max(0, at - 1)
          : key === 'ArrowUp'
            ? nearest(upright(-1), Number.POSITIVE_INFINITY)
            : key === 'ArrowDown'
              ? nearest(upright(1), Number.POSITIVE_INFINITY)
              : key === 'Home'
                ? 0
                : key === 'End'
                  ? places.length - 1
                  : undefined;
    if (key === 'Escape') hide();
    if (next === undefined) return;
    event.preventDefault();
    show(next < 0 ? here : next, true);
  };

  const listeners: [string, (event: Event) => void][] = [
    ['pointermove', pointed],
    ['pointerdown', pointed],
    ['pointerleave', left],
    ['blur', hide],
    ['keydown', keyed],
  ];
  for (const [type, listener] of listeners) svg.addEventListener(type, listener);
  // A screen reader hands arrow keys to an application, and reads its name and its text alternative first.
  const given: Record<string, string> = {
    role: 'application',
    tabindex: '0',
    'aria-roledescription': 'figure, arrow keys read its values',
  };
  const before = Object.keys(given).map((name) => [name, svg.getAttribute(name)] as const);
  for (const name in given) svg.setAttribute(name, given[name]!);
  return {
    dispose() {
      hide();
      for (const [parent, title] of titles) parent.append(title);
      for (const [type, listener] of listeners) svg.removeEventListener(type, listener);
      for (const [name, value] of before) {
        if (value === null) svg.removeAttribute(name);
        else svg.setAttribute(name, value);
      }
    },
  };
}
