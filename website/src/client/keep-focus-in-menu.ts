const BEHIND = '.navbar__inner, .theme-layout-main, .theme-layout-footer';

/** From now on the menu of a narrow window, which lies over the page, keeps Tab in it as long as it is open, and Escape closes it. */
export function keepFocusInMenu(): void {
  let open = false;
  const look = () => {
    const menu = document.querySelector('.navbar-sidebar--show .navbar-sidebar');
    if ((menu !== null) === open) return;
    open = menu !== null;
    for (const element of document.querySelectorAll<HTMLElement>(BEHIND)) element.inert = open;
    const next = menu ? menu.querySelector('.navbar-sidebar__close') : document.querySelector('.navbar__toggle');
    (next as HTMLElement | null)?.focus();
  };
  new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ['class'] });
  document.addEventListener('keydown', ({ key }) => {
    if (open && key === 'Escape') document.querySelector<HTMLElement>('.navbar-sidebar__close')?.click();
  });
  look();
}
