import ExecutionEnvironment from '@docusaurus/ExecutionEnvironment';

const SCROLLERS = 'main .katex-display, main table';

/** What is too wide for the page scrolls by itself, and can then be reached by keyboard. */
function markScrollers(): void {
  for (const element of document.querySelectorAll<HTMLElement>(SCROLLERS)) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute('tabindex');
  }
}

/** Called by Docusaurus after each change of page. */
export function onRouteDidUpdate(): void {
  requestAnimationFrame(markScrollers);
}

if (ExecutionEnvironment.canUseDOM) window.addEventListener('resize', markScrollers);
