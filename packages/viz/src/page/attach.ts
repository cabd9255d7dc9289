/** The values of the cells of a grid and where they are: what a page needs to say the one under a pointer. */
export interface CellTexts {
  /** Coordinates of the edges of the columns and of the rows, ascending. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Their names; of an image, whose pixels come before places in it, what stands before their numbers. */
  readonly columns: readonly string[] | string;
  readonly rows: readonly string[] | string;
  /** Row by row, joined by semicolons. */
  readonly values: string;
  /** 1 where the name of the column comes before that of the row. */
  readonly across?: 1;
}

/** What `interactive` takes back. */
export interface Interaction {
  /** Removes what was added, listeners and all. */
  dispose(): void;
}

/** Does what `interactive` says. Pages of reports carry this file alone. */
export function attach(svg: Element): Interaction {
  const page = svg.ownerDocument;
  type Place = readonly [x: number, y: number, text: string];
  const told = JSON.parse(svg.querySelector('metadata')?.textContent || '[]') as (Place | CellTexts)[];
  const places = told.filter(Array.isArray) as unknown as Place[];
  const grids = (told.filter((one) => !Array.isArray(one)) as CellTexts[]).map((grid) => ({
    ...grid,
    wide: grid.x.length - 1,
    count: (grid.x.length - 1) * (grid.y.length - 1),
    texts: undefined as string[] | undefined,
  }));
  const [, , width = 0, height = 0] = (svg.getAttribute('viewBox') ?? '').split(' ').map(Number);
  const count = grids.reduce((sum, grid) => sum + grid.count, places.length);
  if (count === 0) return { dispose() {} };
  /** The grid of the i-th thing, cells being numbered after places, and the number of its first cell. */
  const gridOf = (i: number) => {
    let from = places.length;
    for (const grid of grids) {
      if (i >= from && i < from + grid.count) return { grid, from };
      from += grid.count;
    }
    return undefined;
  };
  const nameOf = (names: readonly string[] | string, i: number) => (typeof names === 'string' ? names + i : names[i]!);
  const placeOf = (i: number): Place => {
    const found = gridOf(i);
    if (found === undefined) return places[i]!;
    const { grid, from } = found;
    const [row, column] = [Math.floor((i - from) / grid.wide), (i - from) % grid.wide];
    grid.texts ??= grid.values.split(';');
    const names = [nameOf(grid.rows, row), nameOf(grid.columns, column)];
    if (grid.across) names.reverse();
    const middle = (edges: readonly number[], k: number) => (edges[k]! + edges[k + 1]!) / 2;
    return [middle(grid.x, column), middle(grid.y, row), `${names.join(', ')}: ${grid.texts[i - from]}`];
  };
  /** The number of the cell at a point, -1 where there is none; of pictures alone if asked. */
  const cellAt = (x: number, y: number, picture = false) => {
    let from = places.length;
    for (const grid of grids) {
      const [column, row] = [grid.x.findIndex((edge) => edge > x) - 1, grid.y.findIndex((edge) => edge > y) - 1];
      const isOne = column >= 0 && row >= 0 && (!picture || typeof grid.rows === 'string');
      if (isOne) return from + row * grid.wide + column;
      from += grid.count;
    }
    return -1;
  };
  const make = (name: string, attributes: Record<string, string | number>, parent: Element) => {
    const element = page.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in attributes) element.setAttribute(key, String(attributes[key]));
    parent.append(element);
    return element;
  };
  // What browsers show of themselves would stand over it.
  const titles = [...svg.querySelectorAll('g title')].map((title) => [title.parentElement!, title] as const);
  for (const [, title] of titles) title.remove();
  // Lines, such as those of a network: more than there is room for places.
  const lines = new Map(
    titles
      .filter(([{ localName }]) => localName === 'path')
      .map(([line, { textContent }]) => [line as Element, textContent!]),
  );
  const lineNear = (x: number, y: number) => {
    if (lines.size === 0) return undefined;
    for (const reach of [0, 2, 4])
      for (let turn = 0; turn < 8; turn++) {
        const angle = (turn * Math.PI) / 4;
        const text = lines.get(page.elementFromPoint(x + reach * Math.cos(angle), y + reach * Math.sin(angle))!);
        if (text !== undefined) return text;
      }
    return undefined;
  };
  let at = -1;
  let shown: Element | undefined;
  let live: Element | undefined;

  const hide = () => {
    shown?.remove();
    shown = undefined;
  };
  const show = (i: number, aloud: boolean) => {
    at = i;
    draw(placeOf(i));
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
    live.textContent = placeOf(i)[2];
  };
  const draw = ([x, y, text]: Place) => {
    hide();
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
    const near = (most: number) => nearest((place) => Math.hypot(place[0] - x, place[1] - y), most);
    const line = near(12) < 0 && lineNear(clientX, clientY);
    if (line) {
      at = -1;
      draw([x, y, line]);
      return;
    }
    const cell = cellAt(x, y);
    const found = cell < 0 ? near(Math.max(48, width / 10)) : cellAt(x, y, true) < 0 && near(10) >= 0 ? near(10) : cell;
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
    const [x, y] = placeOf(here);
    const upright = (sign: number) => (place: Place) =>
      sign * (place[1] - y) > 0.5 ? 8 * Math.abs(place[0] - x) + Math.abs(place[1] - y) : Number.POSITIVE_INFINITY;
    const found = gridOf(here);
    const upOrDown = (sign: number) => {
      if (found === undefined) return nearest(upright(sign), Number.POSITIVE_INFINITY);
      const to = here + sign * found.grid.wide;
      return to < found.from || to >= found.from + found.grid.count ? here : to;
    };
    const ways: Record<string, () => number> = {
      ArrowRight: () => Math.min(count - 1, at + 1),
      ArrowLeft: () => Math.max(0, at - 1),
      ArrowUp: () => upOrDown(-1),
      ArrowDown: () => upOrDown(1),
      Home: () => 0,
      End: () => count - 1,
    };
    const next = Object.hasOwn(ways, key) ? ways[key]!() : undefined;
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
