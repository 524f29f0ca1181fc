/** The one stylesheet of all pages: quiet, readable in the dark and on paper, and usable without a mouse. */
export const STYLE = `
:root { color-scheme: light dark;
  --ink: #1d2430; --soft: #566070; --line: #e2e6ec; --ground: #f7f8fa; --paper: #ffffff; --accent: #1f5fbf; --on-accent: #ffffff;
  --good: #0f6636; --good-ground: #e8f5ec; --bad: #a4262c; --bad-ground: #fdeced; --warn: #7a4a00; --warn-ground: #fdf3e1;
  --radius: 10px; --gap: 1rem; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6e9ef; --soft: #a3adbb; --line: #2c3440; --ground: #12161c; --paper: #1a2029; --accent: #8ab6ff; --on-accent: #0d1520;
  --good: #7ddba6; --good-ground: #14291e; --bad: #ffa9ac; --bad-ground: #33191c; --warn: #f3c57c; --warn-ground: #2e2413; } }

* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
a { color: var(--accent); text-underline-offset: 3px; }
:is(a, summary, button, input, select, [tabindex]):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }

.top { border-bottom: 1px solid var(--line); background: var(--paper); }
.top > div, main { max-width: 80rem; margin: 0 auto; padding: 0 1.5rem; }
.top > div { display: flex; gap: 1.5rem; align-items: center; min-height: 3.25rem; flex-wrap: wrap; }
.brand { font-weight: 650; letter-spacing: -.01em; color: var(--ink); text-decoration: none; padding: .8rem 0; }
.top nav { display: flex; gap: 1.25rem; flex: 1; }
.top nav a { color: var(--soft); text-decoration: none; padding: .8rem 0; }
.top nav a[aria-current] { color: var(--ink); box-shadow: inset 0 -2px var(--accent); }
.who { color: var(--soft); font-size: .87rem; overflow-wrap: anywhere; }

main { padding-top: 2rem; padding-bottom: 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; letter-spacing: -.02em; margin: 0 0 .25rem; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; font-weight: 620; letter-spacing: -.01em; }
p { margin: .25rem 0 1rem; }
.lead, .note { color: var(--soft); }
.note { font-size: .87rem; }
code { font: .86em ui-monospace, "Cascadia Mono", Menlo, monospace; overflow-wrap: anywhere; }

.proof, .warning { padding: 1rem 1.25rem; border-radius: var(--radius); margin: 1.5rem 0; }
.proof { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; background: var(--good-ground); color: var(--good); }
.proof strong { font-size: 1.05rem; }
.proof span, .warning { color: var(--ink); }
.proof.partial { background: var(--warn-ground); color: var(--warn); }
.proof.broken { background: var(--bad-ground); color: var(--bad); }
.warning { background: var(--warn-ground); }
.warning strong { color: var(--warn); }

.card, .table { background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); }
.card { padding: 1rem 1.25rem; }
.card > :is(h2, h3) { margin: 0 0 .5rem; }
.card h3 { font-size: .87rem; font-weight: 600; color: var(--soft); }
.card dl { margin: 0; display: grid; grid-template-columns: 1fr auto; gap: .3rem var(--gap); }
.card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: var(--gap); align-items: start; }
.cards.home { grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); margin-top: 1.5rem; }
.cards + .table { margin-top: var(--gap); }
.days { list-style: none; margin: 1.5rem 0; padding: .5rem 1.25rem; }
.days li { padding: .4rem 0; }
.missing { margin: 1rem 0; }
.empty { padding: 2.5rem 1.25rem; text-align: center; color: var(--soft); }

.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .9rem 1.25rem .3rem; font-weight: 600; }
caption .note { font-weight: 400; margin-left: .4rem; }
th, td { text-align: left; padding: .6rem 1.25rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; font-size: .8rem; font-weight: 600; color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; }
.num { text-align: right; font-variant-numeric: tabular-nums; }
td.num, th a { white-space: nowrap; }
.store { min-width: 8rem; }
.key { min-width: 11rem; }
.subject { font-weight: 550; overflow-wrap: anywhere; }
.detail { color: var(--soft); max-width: 44rem; overflow-wrap: anywhere; }
.narrow { display: none; }
.tag { display: inline-block; padding: .05rem .6rem; border-radius: 999px; font-size: .8rem; font-weight: 500; white-space: nowrap; background: var(--ground); border: 1px solid var(--line); }
.tag.warn { background: var(--warn-ground); color: var(--warn); border-color: transparent; }
.tag.bad { background: var(--bad-ground); color: var(--bad); border-color: transparent; }
.tag.good { background: var(--good-ground); color: var(--good); border-color: transparent; }

tr.evidence td { border-top: 0; padding-top: 0; padding-bottom: .8rem; }
tr:has(+ tr.evidence) > * { padding-bottom: .2rem; }
summary { cursor: pointer; color: var(--accent); font-size: .87rem; }
details table { width: auto; min-width: min(22rem, 100%); margin: .5rem 0; font-size: .87rem; }
details caption { padding: .5rem 0 0; }
details :is(th, td) { padding: .3rem 1.5rem .3rem 0; white-space: nowrap; }

.filters { display: flex; gap: .5rem; flex-wrap: wrap; margin: 0 0 .9rem; padding: 0; list-style: none; }
.filters a { display: inline-block; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 999px; background: var(--paper); text-decoration: none; color: var(--ink); font-size: .87rem; }
.filters a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.steps form { display: flex; gap: .5rem; flex-wrap: wrap; align-items: end; margin: .5rem 0; }
.steps label { font-size: .87rem; color: var(--soft); }
.steps :is(input, select) { display: block; }
:is(button, input, select, textarea) { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: .3rem .7rem; min-height: 2rem; max-width: 100%; }
button { cursor: pointer; }
.actions { display: flex; gap: var(--gap); flex-wrap: wrap; margin: 1rem 0; }

.alerts { margin: var(--gap) 0; }
.card.alerts h3 { color: var(--ink); font-size: 1rem; }
.alerts ul { list-style: none; margin: 0; padding: 0; }
.alerts li { display: flex; gap: .5rem 1.5rem; justify-content: space-between; align-items: start; flex-wrap: wrap; padding: .8rem 0; border-top: 1px solid var(--line); }
.alerts li:target { box-shadow: inset 3px 0 var(--accent); padding-left: .75rem; }
.alerts li > div { flex: 1 1 24rem; }
.answers { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
.answers a { padding: .3rem .4rem; }
.stacked { display: grid; gap: .75rem; max-width: 26rem; margin: 1.5rem 0; }
.stacked label { color: var(--soft); font-size: .87rem; }
.stacked :is(input, select) { display: block; width: 100%; min-height: 2.75rem; }
.stacked button { min-height: 2.75rem; background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }

@media (max-width: 48rem) {
  .top > div, main { padding-left: 1rem; padding-right: 1rem; }
  .top > div { column-gap: 1.25rem; row-gap: 0; }
  .who { padding-bottom: .6rem; }
  th, td { padding: .5rem .75rem; }
  caption { padding: .75rem .75rem .25rem; }
  .wide { display: none; }
  .narrow { display: block; margin-top: .4rem; color: var(--soft); }
  .store, .key { min-width: 0; }
}

@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --paper: #fff; --accent: #000;
    --good: #000; --bad: #000; --warn: #000; --good-ground: #fff; --bad-ground: #fff; --warn-ground: #fff; }
  @page { margin: 1.5cm; }
  html { font-size: 10.5px; }
  body { font-size: 1rem; }
  .top, .filters, .actions, .downloads, .skip, .back, .steps, .answers, .stacked { display: none; }
  main { padding: 0; max-width: none; }
  .card, .table, .proof, .warning { border-radius: 0; border: 1px solid var(--line); }
  .table { overflow: visible; }
  .tag { border: 1px solid currentColor; }
  a { text-decoration: none; }
  h1, h2, h3, caption { break-after: avoid; }
  h2 { margin-top: 1.5rem; }
  thead { display: table-header-group; }
  tr, .card, .proof { break-inside: avoid; }
  tr:has(+ tr.evidence) { break-after: avoid; }
  th, td { padding: .3rem .5rem; }
  details > summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
