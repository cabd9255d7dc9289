import { defineConfig } from 'vitest/config';
import config from '../../../../vitest.config.ts';

// The repository's own projects, with the planted faults as their tests.
const { projects = [] } = config.test ?? {};
export default defineConfig({
  test: {
    projects: projects.map((project) =>
      typeof project === 'object' && 'test' in project
        ? { ...project, test: { ...project.test, include: ['**/*.planted.ts'], exclude: [] } }
        : project,
    ),
  },
});
