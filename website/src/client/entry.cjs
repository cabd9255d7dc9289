// Starts the site's script in two tasks instead of one, so that the page answers in between: React, and Docusaurus, which uses it.
// Both are in the bundle; a module runs when it is first required.
const tasks = [() => require('react-dom/client'), () => require('@docusaurus/core/lib/client/clientEntry.js')];

function next() {
  tasks.shift()();
  if (tasks.length) setTimeout(next);
}

next();
