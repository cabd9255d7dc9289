import { attach } from './attach.ts';

// What runs in the page of a report: values of figures, the current section in its contents, all data in print.
for (const svg of document.querySelectorAll('figure svg')) attach(svg);

// On paper nothing can be folded out.
const folded: Element[] = [];
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('main details:not([open])')) {
    details.setAttribute('open', '');
    folded.push(details);
  }
});
addEventListener('afterprint', () => {
  for (const details of folded.splice(0)) details.removeAttribute('open');
});

const links = new Map(
  [...document.querySelectorAll('nav a')].map((link) => [link.getAttribute('href')!.slice(1), link]),
);
const parts = [...links.keys()].flatMap((id) => document.getElementById(id) ?? []);
function mark(): void {
  // The last part whose beginning is above the upper third of the window; at the end of the page the last one.
  const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const passed = parts.filter((part) => part.getBoundingClientRect().top <= innerHeight / 3);
  const current = end ? parts.at(-1) : (passed.at(-1) ?? parts[0]);
  for (const [id, link] of links) {
    if (id === current?.id) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
if (links.size > 0) {
  addEventListener('scroll', mark, { passive: true });
  addEventListener('resize', mark);
  mark();
}
