/** The one stylesheet of all pages: quiet, readable in the dark and on paper, and usable without a mouse. */
export const STYLE = `
:root { color-scheme: light dark;
  --ink: #1d2430; --soft: #5b6675; --line: #e2e6ec; --ground: #f7f8fa; --paper: #ffffff; --accent: #1f5fbf;
  --good: #14713d; --good-ground: #e8f5ec; --bad: #a4262c; --bad-ground: #fdeced; --warn: #8a5300; --warn-ground: #fdf3e1; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6e9ef; --soft: #9aa5b5; --line: #2c3440; --ground: #12161c; --paper: #1a2029; --accent: #7fb0ff;
  --good: #6fd39a; --good-ground: #14291e; --bad: #ff9a9e; --bad-ground: #33191c; --warn: #f0bd6d; --warn-ground: #2e2413; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
a { color: var(--accent); text-underline-offset: 3px; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
.top { border-bottom: 1px solid var(--line); background: var(--paper); }
.top > div, main { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
.top > div { display: flex; gap: 1.5rem; align-items: center; min-height: 3.25rem; flex-wrap: wrap; }
.brand { font-weight: 650; letter-spacing: -.01em; color: var(--ink); text-decoration: none; }
.top nav { display: flex; gap: 1.25rem; flex: 1; } .top nav a { color: var(--soft); text-decoration: none; padding: .8rem 0; }
.top nav a[aria-current] { color: var(--ink); box-shadow: inset 0 -2px var(--accent); }
.who { color: var(--soft); font-size: .87rem; }
main { padding-top: 2rem; padding-bottom: 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; letter-spacing: -.02em; margin: 0 0 .25rem; font-weight: 650; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; font-weight: 620; letter-spacing: -.01em; }
p { margin: .25rem 0 1rem; } .lead, .note { color: var(--soft); } .note { font-size: .87rem; }
.proof { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; padding: 1rem 1.25rem; border-radius: 10px; margin: 1.5rem 0; background: var(--good-ground); color: var(--good); }
.proof strong { font-size: 1.05rem; } .proof span { color: var(--ink); opacity: .8; } .proof.broken { background: var(--bad-ground); color: var(--bad); }
.card, .table { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
.table { overflow-x: auto; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; align-items: start; }
.card { padding: 1rem 1.25rem; } .card h3 { margin: 0 0 .5rem; font-size: .87rem; font-weight: 600; color: var(--soft); }
.card dl { margin: 0; display: grid; grid-template-columns: 1fr auto; gap: .3rem 1rem; } .card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .9rem 1.25rem .3rem; color: var(--soft); font-size: .87rem; }
th, td { text-align: left; padding: .6rem 1.25rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; font-size: .8rem; font-weight: 600; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 500; } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tag { display: inline-block; padding: .05rem .6rem; border-radius: 999px; font-size: .8rem; white-space: nowrap; background: var(--ground); border: 1px solid var(--line); }
.tag.warn { background: var(--warn-ground); color: var(--warn); border-color: transparent; }
.tag.bad { background: var(--bad-ground); color: var(--bad); border-color: transparent; }
.tag.good { background: var(--good-ground); color: var(--good); border-color: transparent; }
.subject { font-weight: 550; overflow-wrap: anywhere; } .detail { color: var(--soft); max-width: 44rem; }
tr.evidence td { border-top: 0; padding-top: 0; padding-bottom: .8rem; } tr:has(+ tr.evidence) > * { padding-bottom: .2rem; } .store { min-width: 9rem; }
details caption { padding: .5rem 0 0; } details table { width: auto; min-width: 22rem; } details :is(th, td) { white-space: nowrap; }
details { margin: 0; } summary { cursor: pointer; color: var(--accent); font-size: .87rem; }
details table { margin: .5rem 0; font-size: .87rem; } details th, details td { padding: .3rem 1.5rem .3rem 0; }
details ul { margin: .4rem 0; padding-left: 1.1rem; font-size: .87rem; }
code { font: .86em ui-monospace, "Cascadia Mono", Menlo, monospace; overflow-wrap: anywhere; }
.filters { display: flex; gap: .5rem; flex-wrap: wrap; margin: 0 0 .9rem; padding: 0; list-style: none; }
.filters a { display: inline-block; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 999px; background: var(--paper); text-decoration: none; color: var(--ink); font-size: .87rem; }
.filters a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--paper); }
.empty { padding: 2.5rem 1.25rem; text-align: center; color: var(--soft); }
.actions { display: flex; gap: 1rem; flex-wrap: wrap; }
@media print { .top nav, .who, .filters, .actions, .skip { display: none; } body { background: #fff; font-size: 11px; }
  .table { overflow: visible; } .card, .table, .proof { border-radius: 0; break-inside: avoid; } details > :not(summary) { display: block; } tr { break-inside: avoid; } }
@media (max-width: 40rem) { th, td { padding: .5rem .75rem; } main, .top > div { padding-left: 1rem; padding-right: 1rem; }
  tbody th:has(.detail) { min-width: 15rem; } }
`;
