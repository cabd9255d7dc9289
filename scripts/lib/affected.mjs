// What a change reaches: which tests `npm test` runs on the slow backends, and which pages of the site it walks through.
// `npm test -- --all` takes all tests, and of this only which lessons are walked through.

/** Configuration that every test stands on. */
const CONFIGURATION =
  /^(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|tsconfig\.base\.json|turbo\.json|scripts\/ci\.mjs|\.ci\/)/;
/** What else every test on a backend stands on: its set-up and the helpers of the tests. */
const BACKENDS =
  /^(vitest\.config\.ts|scripts\/(setup-|lib\/(backends|cache|chromium|tfjs-node-binding|affected)\.)|tooling\/testing\/(src\/|package\.json))/;
/** The site's own code and tests, on which every page stands; its written pages stand for themselves. */
const SITE = /^(website\/(?!docs\/)|scripts\/lib\/(chromium|backends|affected)\.)/;

/** Text, licenses and the deep tests change nothing that a test of every change runs. */
const isInert = (file) => /\.mdx?$|(^|\/)(LICENSE|deep\/)|\.deep\.ts$/.test(file);
const isTest = (rest) => /^(test|contracts)\//.test(rest);

/** The folders whose sources changed, and those that depend on them, each with the file that reached it. */
function reachedFolders(changed, packages) {
  const reached = new Map();
  for (const folder of Object.keys(packages)) {
    const cause = changed.find(
      (file) => file.startsWith(`${folder}/`) && !isInert(file) && !isTest(file.slice(folder.length + 1)),
    );
    // A lesson is reached by itself, not by the folder of all.
    if (cause && folder !== 'lessons') reached.set(folder, cause);
  }
  // A map's iteration goes on to what is added meanwhile.
  for (const [below, cause] of reached)
    for (const [folder, { needs }] of Object.entries(packages))
      if (needs.includes(below) && !reached.has(folder)) reached.set(folder, cause);
  return reached;
}

/** The first changed file that reaches a unit: one of its own, or one of a folder it needs. */
function causeOf({ own, needs }, changed, reached) {
  const mine = changed.find((file) => !isInert(file) && own.some((pattern) => pattern.test(file)));
  const folder = needs.find((name) => reached.has(name));
  return mine ?? (folder === undefined ? undefined : reached.get(folder));
}

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const under = (path) => new RegExp(`^${escaped(path)}`);
/** Files that all lessons share: those beside the folders of the lessons. */
const SHARED_BY_LESSONS = /^lessons\/[^/]+$/;

/** What is tested on a backend, each with its filters for vitest. */
function backendUnits({ packages, contracts, lessons }) {
  const tour = packages['examples/tour'];
  return [
    ...Object.entries(packages)
      .filter(([, { onBackends }]) => onBackends)
      .map(([folder, { needs, testNeeds }]) => ({
        name: folder.replace('packages/', ''),
        filters: [`${folder}/test/`],
        own: [under(`${folder}/test/`)],
        needs: [folder, ...needs, ...testNeeds],
      })),
    ...Object.entries(contracts).map(([name, needs]) => ({
      name: `contracts of ${name}`,
      filters: [`tooling/testing/contracts/${name}.test.ts`],
      own: [under(`tooling/testing/contracts/${name}.`), /^tooling\/testing\/contracts\/(?!.*\.test\.ts$)[^/]+$/],
      needs,
    })),
    ...Object.entries(lessons).map(([name, needs]) => ({
      name: `lesson ${name}`,
      filters: [
        `lessons/${name}/`,
        ...['lessons', 'tables', 'course', 'claims'].map((test) => `lessons/${test}.test.ts`),
      ],
      own: [under(`lessons/${name}/`), SHARED_BY_LESSONS],
      needs,
    })),
    ...(tour
      ? [{ name: 'the tour', filters: ['examples/tour/test/'], own: [under('examples/tour/')], needs: tour.needs }]
      : []),
  ];
}

/** Addresses of the pages that a file is the text of. */
function pagesOf(file) {
  const [, guide] = /^website\/docs\/(.+)\.mdx?$/.exec(file) ?? [];
  if (guide) return [`/docs/${`${guide}/`.replace(/(^|\/)index\/$/, '$1')}`];
  const [, lesson, page] = /^lessons\/(.+\/)?([^/]+)\.mdx$/.exec(file) ?? [];
  if (page) return [`/lessons/${lesson ?? (page === 'index' ? '' : `${page}/`)}`];
  const [, folder] = /^packages\/([^/]+)\/(src\/|README\.md)/.exec(file) ?? [];
  if (folder) return [`/api/${folder}/`];
  return /^\.changeset\/|\/CHANGELOG\.md$/.test(file) ? ['/changelog/'] : [];
}

/**
 * What a change reaches. `changed` are paths in the repository, or nothing when it is not known what changed; `graph` is what
 * `readGraph` reads. Gives for `backends` and `site` either `{all: true, why}` or what to run: filters for vitest and the names of
 * what is left out; the lessons whose demos are walked through, and the beginnings of the addresses of the pages to open.
 */
export function affected(changed, graph, unknown = 'what changed is not known') {
  if (!changed) return { backends: { all: true, why: unknown }, site: { all: true, why: unknown } };
  const whole = (pattern) => changed.find((file) => !isInert(file) && (CONFIGURATION.test(file) || pattern.test(file)));
  const reached = reachedFolders(changed, graph.packages);
  return { backends: onBackends(), site: onSite() };

  function onBackends() {
    const shared = whole(BACKENDS);
    if (shared) return { all: true, why: `${shared} changed` };
    const units = backendUnits(graph).map((unit) => ({ ...unit, cause: causeOf(unit, changed, reached) }));
    const run = units.filter(({ cause }) => cause);
    if (run.length === units.length) return { all: true, why: `${run[0].cause} changed, and all depend on it` };
    return {
      all: false,
      filters: [...new Set(run.flatMap((unit) => unit.filters))],
      runs: run.map(({ name, cause }) => `${name} (${cause})`),
      left: units.filter(({ cause }) => !cause).map(({ name }) => name),
    };
  }

  function onSite() {
    const shared = whole(SITE);
    if (shared) return { all: true, why: `${shared} changed` };
    const lessons = Object.entries(graph.lessons).flatMap(([name, needs]) => {
      const own = [under(`lessons/${name}/`), SHARED_BY_LESSONS];
      return causeOf({ own, needs }, changed, reached) ? [name] : [];
    });
    const pages = [...new Set([...changed.flatMap(pagesOf), ...lessons.map((name) => `/lessons/${name}/`)])].sort();
    return { all: false, lessons, pages };
  }
}

/** Lessons that a walk through the site takes besides those that were changed themselves. */
const SAMPLE = 1;
/** Of the others one in so many is opened in Chromium and tested on wasm. */
const OPENED = 3;

/** A number from a text, the same for the same text: what is walked through changes with what was changed. */
const turnOf = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7);

/**
 * What `npm test` walks through on the site: of the lessons that a change reaches those that it changed, and a sample of the others,
 * because each takes a minute; `opened` are these, those whose text it changed and a third of the others, which are opened there once and tested on wasm, ten
 * seconds each (`--all` takes it away: all are); of the pages all that it reaches, undefined for every page. Where a page takes long,
 * the tests choose some of them by `turn`, and always those whose text it changed. `npm run test:deep -- site` leaves nothing out.
 */
export function walkOf({ all, lessons, pages }, changed, names) {
  const touches = (name) => changed.some((file) => under(`lessons/${name}/`).test(file));
  const isOwn = (name) => changed.some((file) => under(`lessons/${name}/`).test(file) && !isInert(file));
  const own = names.filter(isOwn);
  const others = (all ? names : lessons).filter((name) => !own.includes(name));
  const turn = turnOf([...changed].sort().join());
  const sample = others.filter((_, i) => (i + turn) % others.length < SAMPLE);
  const isOpened = (name, i) => touches(name) || sample.includes(name) || (i + turn) % OPENED === 0;
  const texts = [...new Set(changed.flatMap(pagesOf))].sort();
  return { lessons: [...own, ...sample], opened: names.filter(isOpened), turn, texts, ...(all ? {} : { pages }) };
}
