import preload from './preload.ts';

const isSlow = () => {
  const { connection } = navigator as { connection?: { effectiveType: string; saveData: boolean } };
  return connection !== undefined && (connection.effectiveType.includes('2g') || connection.saveData);
};

/**
 * What Docusaurus's links call, instead of its own. That loads the script of every page that a link in view leads to, hundreds of kB of
 * pages that nobody asked for; here a page is loaded when the reader points at its link.
 */
export default {
  prefetch: () => false,
  // What does not come now is asked for again by the click.
  preload: (address: string) => !isSlow() && preload(address).catch(() => {}),
};
