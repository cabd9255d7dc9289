import type { Page } from 'playwright';

/** What the walk keeps in the page. */
interface Walk {
  /** Notes what has the focus: how many of those listed have had it by now, and whether the walk is over. */
  note(): Promise<{ seen: number; over: boolean }>;
  left(): string[];
  problems: string[];
}
const walkIn = 'walkByTab';

/** Lists what Tab can reach and how each of it looks while it has no focus; gives how many there are. */
const list = (page: Page): Promise<number> =>
  page.evaluate(async (name) => {
    // From the beginning of the page, whatever took the focus when it was loaded.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    scrollTo(0, 0);
    // An editor takes its frame off a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const CONTROLS =
      'a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex], [contenteditable=true]';
    const isShown = (element: HTMLElement) =>
      element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    const all = [...document.querySelectorAll<HTMLElement>(CONTROLS)].filter(
      (element) => element.tabIndex >= 0 && !element.matches(':disabled, [inert] *') && isShown(element),
    );
    /** Of the buttons of a group one is reached, from before the first and from behind the last; the arrow keys go to the others. */
    const stopOf = (element: Element) =>
      element instanceof HTMLInputElement && element.type === 'radio' && element.name
        ? all.find((one) => one instanceof HTMLInputElement && one.name === element.name)!
        : element;
    const stops = all.filter((element) => element === stopOf(element));
    const LOOK = ['boxShadow', 'border', 'backgroundColor', 'textDecoration', 'transform'] as const;
    /** An element and what is close around it: the frame of an editor is that of a box around what has the focus. */
    const around = (element: Element) =>
      [element, element.parentElement, element.parentElement?.parentElement].filter((one) => one != null);
    const lookOf = (element: Element) =>
      around(element)
        .map((one) => {
          const style = getComputedStyle(one);
          const isOutlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 1;
          return [isOutlined ? style.outline : 'no outline', ...LOOK.map((name) => style[name])].join('; ');
        })
        .join('\n');
    const named = (element: Element) => {
      const text = element.getAttribute('aria-label') ?? element.textContent ?? '';
      return `${element.tagName.toLowerCase()} "${text.trim().slice(0, 40)}"`;
    };
    /** What stands at nine points of the part of an element that is in the window; nothing when none of it is. */
    const topmost = (element: Element): Element[] | undefined => {
      const box = element.getBoundingClientRect();
      const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
      const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
      if (right <= left || bottom <= top) return undefined;
      return [0.02, 0.5, 0.98].flatMap((across) =>
        [0.05, 0.5, 0.95].flatMap(
          (down) => document.elementFromPoint(left + across * (right - left), top + down * (bottom - top)) ?? [],
        ),
      );
    };
    const looks = new Map(all.map((element) => [element, lookOf(element)]));
    const problems = all
      .filter((element) => element.tabIndex > 0)
      .map((element) => `${named(element)} is taken out of the order`);
    const seen = new Set<Element>();
    let [first, last]: (Element | undefined)[] = [];
    let stays = 0;
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    async function note(): ReturnType<Walk['note']> {
      const at = document.activeElement;
      if (!at || at === document.body || at === document.documentElement || (at === first && at !== last))
        return { seen: seen.size, over: true };
      // A page that is just busy lets one key fall; a trap holds for good.
      stays = at === last ? stays + 1 : 0;
      last = at;
      if (stays === 1) return { seen: seen.size, over: false };
      const stop = stopOf(at);
      if (seen.has(stop)) {
        problems.push(stays > 1 ? `${named(at)} is not left` : `${named(at)} comes twice`);
        return { seen: seen.size, over: true };
      }
      first ??= at;
      const before = looks.get(at as HTMLElement);
      // Something that was not there at the beginning, as a field that takes the place of another.
      if (before === undefined) return { seen: seen.size, over: false };
      seen.add(stop);
      // An editor frames itself a moment later.
      for (let wait = 0; wait < 10 && lookOf(at) === before; wait++) await pause(20);
      if (lookOf(at) === before) problems.push(`${named(at)} does not show its focus`);
      const tops = topmost(at);
      if (!tops) problems.push(`${named(at)} is out of sight`);
      else if (!tops.some((top) => at.contains(top) || top.contains(at) || top.closest('label')?.contains(at)))
        problems.push(`${named(at)} is covered`);
      return { seen: seen.size, over: false };
    }
    const left = () => stops.filter((element) => !seen.has(element) && isShown(element)).map(named);
    Object.assign(window, { [name]: { note, left, problems } satisfies Walk });
    return stops.length;
  }, walkIn);

/**
 * Goes through a page by Tab from its beginning to its end, or by Shift and Tab from its end. Gives what it did not come to, what
 * does not show that it has the focus, and what had it out of sight or under something else.
 */
export async function walkByTab(page: Page, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<string[]> {
  const stops = await list(page);
  let now = { seen: 0, over: false };
  // From the beginning of a page one step back goes out of it, and the next one comes to its end.
  for (let steps = 0; now.seen < stops && (!now.over || steps < 3); steps++) {
    await page.keyboard.press(key);
    now = await page.evaluate((name) => (window as unknown as Record<string, Walk>)[name]!.note(), walkIn);
  }
  const { problems, left } = await page.evaluate((name) => {
    const walk = (window as unknown as Record<string, Walk>)[name]!;
    return { problems: walk.problems, left: walk.left() };
  }, walkIn);
  return [
    ...problems,
    ...left.map((name) => `${key} does not come to ${name}`),
    ...(stops > 3 ? [] : [`${stops} stops`]),
  ];
}

/** Whether the first Tab comes to a link that leads into the main text. */
export async function skipsToMain(page: Page): Promise<string[]> {
  await list(page);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement?.textContent);
  if (first !== 'Skip to main content') return [`the first stop is ${first}`];
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const inMain = await page.evaluate(() => document.activeElement?.closest('main, [role=main]') != null);
  return inMain ? [] : ['the skip link does not lead into the main text'];
}
