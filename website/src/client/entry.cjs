// Starts the site's script in three tasks instead of one, so that the page answers in between: the highlighter's languages, React,
// and Docusaurus, which uses both. All are in the bundle; a module runs when it is first required.
const tasks = [
  () => require('prism-react-renderer'),
  () => require('react-dom/client'),
  () => require('@docusaurus/core/lib/client/clientEntry.js'),
];

function next() {
  tasks.shift()();
  if (tasks.length) setTimeout(next);
}

next();
