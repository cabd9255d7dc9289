import ExecutionEnvironment from '@docusaurus/ExecutionEnvironment';

/**
 * Docusaurus loads the script of every page that a link in view leads to, hundreds of kB of pages that nobody asked for. Here it loads
 * a page when the reader points at its link, which it does by itself (`preload`).
 */
function noPrefetch(): void {
  window.docusaurus = { ...window.docusaurus, prefetch: () => false };
}

// Docusaurus puts its own in place after it has loaded its client modules.
if (ExecutionEnvironment.canUseDOM) queueMicrotask(noPrefetch);
