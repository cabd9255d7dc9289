/** Brings the page's own link into view in a menu at the side that is longer than the window; the page itself stays where it is. */
export function onRouteDidUpdate(): void {
  const link = document.querySelector('.theme-doc-sidebar-container .menu__link--active[aria-current="page"]');
  const menu = link?.closest('nav');
  if (!link || !menu) return;
  const [own, around] = [link.getBoundingClientRect(), menu.getBoundingClientRect()];
  if (own.top < around.top || own.bottom > around.bottom)
    menu.scrollTop += own.top - around.top - (around.height - own.height) / 2;
}
