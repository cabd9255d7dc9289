import ExecutionEnvironment from '@docusaurus/ExecutionEnvironment';

/** Loads what the open menu needs when it is first opened. */
function openMenu({ target }: Event): void {
  if (!(target as Element).closest('.navbar__toggle')) return;
  document.removeEventListener('click', openMenu);
  void import('./keep-focus-in-menu.ts').then(({ keepFocusInMenu }) => keepFocusInMenu());
}

if (ExecutionEnvironment.canUseDOM) document.addEventListener('click', openMenu);
