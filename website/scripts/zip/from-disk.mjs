import { posix } from 'node:path';

const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const LINK = /(\s(?:href|src|srcset)=)(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi;
const SCRIPT = /<script\s[^>]*?src=["']?([^\s"'>]+)["']?[^>]*><\/script>/gi;

/**
 * What an address of the site is as seen from one of its pages: the file, relative, so that it is found on a disk. What is not among
 * the files is on the site in the network.
 */
export function relativeOf(link, { page, base, files, online }) {
  if (!link.startsWith('/') || link.startsWith('//')) return link;
  const { pathname, search, hash } = new URL(link, 'http://site');
  const inside = `${pathname}/`.startsWith(base) ? decodeURIComponent(pathname).slice(base.length) : undefined;
  const file = [inside, `${inside ?? ''}/index.html`.replace(/^\/|\/(?=\/)/g, '')].find((one) => files.has(one));
  if (file === undefined) return `${online}${link}`;
  const path = posix.relative(posix.dirname(page), file).split('/').map(encodeURIComponent).join('/');
  return `${path}${search}${hash}`;
}

/** Runs first: whether the page is at its place on a server, where its scripts find what they load. */
const isLive = (address) =>
  `<script>if(/^http/.test(location.protocol)&&location.pathname.replace(/index\\.html$/,'')===${JSON.stringify(address)})document.documentElement.dataset.live=''</script>`;

/** Runs last: on a server, links and scripts become those of the site, which then starts. */
const start = (scripts) => `<script>if('live' in document.documentElement.dataset){
for(const one of document.querySelectorAll('[href],[src],[srcset]'))for(const name of ['href','src','srcset']){const url=one.getAttribute(name);
if(url&&!/^([a-z][a-z+.-]*:|\\/|#)/i.test(url)){const {pathname,search,hash}=new URL(url,location);one.setAttribute(name,pathname.replace(/\\/index\\.html$/,'/')+search+hash)}}
for(const src of ${JSON.stringify(scripts)}){const script=document.createElement('script');script.src=src;script.async=false;document.head.append(script)}}</script>`;

/** Without its scripts a page has controls that do nothing, and on a phone a menu that does not open: its links stand in the bar then. */
const STYLE = `<style>html[data-live] .from-disk{display:none}.from-disk{margin:0;padding:.5rem 1rem;background:#fdf3d8;color:#3b2f0b;font-size:.9rem;text-align:center}.from-disk a{color:inherit;text-decoration:underline}html:not([data-live]) :is(.navbar__toggle,.navbar__search,.theme-announcement-bar,.try-it,.theme-code-block button,[class*=colorModeToggle],main button,main [role=main] button,[class*=collapseSidebar],[data-lesson] :is(fieldset,input,select,output,progress,[role=status],[aria-live],[class*=panel_],[class*=numbers_],[class*=scrubber_])){display:none!important}html:not([data-live]) [data-lesson] [class*=screen_]{grid-template-columns:1fr}@media(max-width:996px){html:not([data-live]) :is(.navbar,.navbar__inner,.navbar__items){height:auto;flex-wrap:wrap}html:not([data-live]) .navbar{position:static}html:not([data-live]) .navbar__item{display:block}html:not([data-live]) .dropdown__menu{display:none}}@media print{.from-disk{display:none}}</style>`;
const note = (home) =>
  `<p class="from-disk">You read this from a disk, with the figures of runs that were made before. To run them yourself, start <code>node serve.mjs</code>: <a href="${home}">how</a>.</p>`;

/**
 * A page of the site as it stands in the zip. From a disk it is read as it is: links lead to files, and no script is loaded, because
 * the site's scripts need a server. On the server of the zip it is the page of the site.
 *
 * @param html - the page as it was built
 * @param at - its file, the address of the site's root, all files, the site in the network, and the file on how to start the server
 */
export function fromDisk(html, { page, base, files, online, home }) {
  const scripts = [];
  const still = html.replace(SCRIPT, (tag, src) => {
    if (!src.startsWith(base)) return tag;
    scripts.push(src);
    return '';
  });
  const linked = still.replace(TAG, (tag) =>
    tag.replace(LINK, (_, name, ...values) => {
      const value = values.slice(0, 3).find((one) => one !== undefined);
      // A list of pictures has one of them here, without a size.
      const relative = relativeOf(value.replaceAll('&amp;', '&'), { page, base, files, online });
      return `${name}"${relative.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
    }),
  );
  const address = base + page.replace(/index\.html$/, '');
  const help = posix.relative(posix.dirname(page), home);
  const headed = linked.replace('</head>', () => `${isLive(address)}${STYLE}</head>`);
  const noted = headed.replace(/<body[^>]*>/, (body) => `${body}${note(help)}`);
  return noted.replace('</body>', () => `${start(scripts)}</body>`);
}
