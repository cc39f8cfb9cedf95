// Prints how much script each first load fetches, gzipped, and fails above the budget: node sizes.mjs [folder of the build]

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const OUT = process.argv[2] ?? "../static/ui";
const BUDGETS = [
  { html: "index.html", kib: 300, also: [/TodayPage-[\w-]+\.js$/] }, // the page that opens first
  { html: "kiosk.html", kib: 150, also: [] },
];

const read = (name) => readFileSync(join(OUT, name));
let over = false;
for (const { html, kib, also } of BUDGETS) {
  const entries = [...read(html).toString().matchAll(/(?:src|href)="\/static\/ui\/([^"]+\.js)"/g)].map(([, name]) => name);
  const loaded = new Set();
  const load = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const code = read(name).toString();
    for (const [, other] of code.matchAll(/(?:^|[;}\n])(?:import|export)[^;"'()]*["']\.\/([\w.-]+\.js)["']/g)) load(`assets/${other}`);
    const lazy = [...code.matchAll(/assets\/[\w.-]+\.js/g)].map(([found]) => found);
    for (const found of lazy) if (also.some((wanted) => wanted.test(found))) load(found);
    const languages = [...code.matchAll(/languages\/\w+\.json"?:[^"'`]*["'`]\.\/([\w-]+\.js)/g)].map(([, found]) => `assets/${found}`);
    if (languages.length > 0) loaded.add(languages.sort((one, other) => read(other).length - read(one).length)[0]); // the largest one
  };
  entries.forEach(load);
  const bytes = [...loaded].reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
  const told = (bytes / 1024).toFixed(1);
  over ||= bytes > kib * 1024;
  console.log(`${html}: ${told} KiB of script gzipped in ${loaded.size} files, budget ${kib} KiB`);
}
process.exit(over ? 1 : 0);
