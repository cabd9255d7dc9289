import ExecutionEnvironment from '@docusaurus/ExecutionEnvironment';

const whenIdle: (run: () => void) => void =
  typeof requestIdleCallback === 'function' ? (run) => requestIdleCallback(run) : (run) => setTimeout(run, 100);

/**
 * Docusaurus looks up what belongs to every link that comes into view, some 20 ms each on a slow machine and all in one task
 * while the page starts. Here they wait, and go one by one when nothing else is to be done.
 */
function prefetchWhenIdle(): void {
  const { docusaurus } = window;
  const waiting: string[] = [];
  const next = () => {
    const path = waiting.shift();
    if (path === undefined) return;
    docusaurus.prefetch(path);
    whenIdle(next);
  };
  window.docusaurus = {
    ...docusaurus,
    prefetch: (path) => {
      if (waiting.push(path) === 1) whenIdle(next);
      return false;
    },
  };
}

// Docusaurus puts its own in place after it has loaded its client modules.
if (ExecutionEnvironment.canUseDOM) queueMicrotask(prefetchWhenIdle);
