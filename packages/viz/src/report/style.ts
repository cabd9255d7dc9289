import { darkTheme } from '../marks/theme.ts';

/**
 * The style sheet of a report: light or dark by the reader's setting, one column, prints on paper. Without
 * spaces, which are a tenth of a kilobyte in every bundle that has reports.
 */
export const reportStyle = `:root{color-scheme:light dark;--ground:#fafafa;--ink:#1d1d1f;--quiet:#55555c;--line:#d9d9de;--link:#005a9c}
@media (prefers-color-scheme: dark){:root{--ground:#17171a;--ink:#ececf0;--quiet:#b4b4bd;--line:#3c3c44;--link:#8ec5ff}
}
@media screen and (prefers-color-scheme: dark){:root{${darkTheme}}
}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:anywhere;
font:16px/1.55 system-ui, sans-serif}
main{max-width:720px;margin:0 auto;padding:32px 20px}
nav{max-width:720px;margin:0 auto;padding:16px 20px 0;font-size:0.9rem}
nav ol{list-style:none;margin:4px 0;padding:0;max-height:40vh;overflow:auto}
nav a{display:block;padding:3px 10px;color:var(--ink);text-decoration:none;border-left:3px solid var(--line)}
nav a:hover{color:var(--link)}
nav .inner a{padding-left:24px}
nav [aria-current]{border-left-color:var(--link);color:var(--link);font-weight:600}
nav summary{font-weight:600}
.part, section, .scroll{scroll-margin-top:16px}
h1{font-size:1.75rem;line-height:1.3;margin:0 0 12px}
h2{font-size:1.3rem;line-height:1.3;margin:44px 0 8px}
p{margin:0 0 12px}
figure{margin:24px 0}
.card{background:var(--wk-ground, #fff);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.card svg{display:block;width:100%;height:auto}
.narrow{display:none}
figcaption{color:var(--quiet);font-size:0.9rem;line-height:1.5;margin:8px 2px}
details{font-size:0.9rem;margin:0 2px}
summary{cursor:pointer;color:var(--link);padding:4px 0;width:max-content}
.scroll{overflow:auto;max-height:26rem;margin:8px 0 16px;border:1px solid var(--line);border-radius:8px}
svg:focus-visible, a:focus-visible, .scroll:focus-visible, summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:0.9rem;font-variant-numeric:tabular-nums}
th, td{padding:4px 12px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
tbody tr:last-child > *{border-bottom:0}
thead th{position:sticky;top:0;background:var(--ground);font-weight:600}
tbody th{font-weight:400;position:sticky;left:0;background:var(--ground)}
.number{text-align:right}
svg[tabindex]{touch-action:pan-y}
@media (min-width: 1120px){body{display:grid;grid-template-columns:minmax(0, 260px) minmax(0, 720px);justify-content:center;gap:24px}
main:first-child{grid-column:1 / -1;width:720px}
nav{position:sticky;top:0;align-self:start;width:100%;max-height:100vh;overflow:auto;padding:36px 0 20px}
nav ol{max-height:none}
main{margin:0;width:100%}
}
@media (max-width: 560px){main{padding:20px 12px}
.wide{display:none}
.narrow{display:block}
}
@media print{:root{--ground:#fff;--ink:#000;--quiet:#444;--line:#ccc;--link:#000}
.wide{display:block}
.narrow{display:none}
nav{display:none}
body{display:block}
main{padding:0;max-width:none}
h2, .card{break-after:avoid}
.card, figcaption, tr{break-inside:avoid}
.card svg{max-height:22cm}
details::details-content{display:block;content-visibility:visible}
.scroll{max-height:none;overflow:visible;border:0}
th, td{white-space:normal;padding:2px 6px;font-size:8pt}
thead th, tbody th{position:static}
summary{color:inherit;list-style:none}
details:has(thead th:nth-child(13)){display:none}
@page{margin:15mm}
}
`;
