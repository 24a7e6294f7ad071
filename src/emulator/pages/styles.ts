import { pagePalette } from '../../http/page-palette.ts'

/** One style sheet for all pages, light and dark, in the look of the operator's page. */
export const styles = `
:root {${pagePalette}
  --radius: 8px;
  font: 14px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%; }
main { max-width: 1220px; margin: 0 auto; padding: 14px 20px 40px; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 21px; font-weight: 650; letter-spacing: -0.015em; }
h2 { font-size: 15px; font-weight: 650; }
h3 { font-size: 14px; font-weight: 600; }
a { color: var(--accent); text-underline-offset: 2px; }
code { font: 0.93em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: 13px; }
header { display: grid; gap: 6px; margin-bottom: 14px; }
.mark { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; font-weight: 650; }
.mark img { display: block; }
.mark .tag { padding: 1px 7px; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: 12px; font-weight: 400; }
.mark a { margin-left: auto; font-size: 13px; font-weight: 400; }
section { margin-top: 20px; }
.head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 14px; margin-bottom: 8px; }
.card { min-width: 0; padding: 14px 18px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); }
.notice, .alert { margin-bottom: 14px; padding: 9px 13px; border-radius: var(--radius); background: var(--good-back); color: var(--good); overflow-wrap: anywhere; }
.alert { margin: 0; background: var(--bad-back); color: var(--bad); }
.figures { display: flex; flex-wrap: wrap; gap: 1px; overflow: hidden; margin: 0 0 6px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--line); }
.figures > div { flex: 1 1 104px; min-width: 0; padding: 10px 14px; background: var(--card); transition: background-color 0.6s; }
.figures dt { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.figures dt b { display: block; color: var(--ink); font-weight: 500; }
.figures dd { margin: 2px 0 0; font-size: 21px; font-weight: 600; letter-spacing: -0.02em; }
.figures .moved { background: var(--good-back); transition-duration: 0s; }
.figures .moved dd { color: var(--good); }
.note { min-height: 1.45em; }
.plans { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); gap: 12px; }
.plan { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 14px; align-items: center; }
.plan > * { grid-column: 1; overflow-wrap: anywhere; }
.plan form { grid-area: 1 / 2 / span 3; }
.price { font-size: 18px; font-weight: 600; letter-spacing: -0.02em; }
.price small { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--soft); }
button, .button {
  display: inline-flex; justify-content: center; align-items: center; min-height: 34px; padding: 5px 14px;
  border: 1px solid var(--accent); border-radius: 6px; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
.quiet { border-color: var(--soft); background: transparent; color: var(--ink); font-weight: 400; }
.quiet:hover { background: var(--sunken); }
.slim { min-height: 28px; padding: 2px 10px; }
.wide { width: 100%; min-height: 40px; }
input { width: 6.5em; min-height: 28px; padding: 2px 8px; border: 1px solid var(--soft); border-radius: 6px; background: var(--page); color: inherit; font: inherit; }
summary { padding: 3px 4px; color: var(--soft); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.payments { list-style: none; margin: 0; padding-block: 4px; }
.payments > li { display: grid; grid-template-columns: minmax(0, 1.2fr) 90px minmax(0, 1.6fr) minmax(0, 1.4fr); gap: 4px 18px; align-items: start; padding: 10px 0; }
.payments > li + li { border-top: 1px solid var(--line); }
.payments .amount { text-align: right; }
.payments .act { display: flex; flex-wrap: wrap; justify-content: flex-end; align-items: start; gap: 6px; }
.payments form { display: inline-flex; flex-wrap: wrap; gap: 6px; }
.attempts { margin: 4px 0 0; padding: 0; list-style: none; font-size: 13px; }
.state { display: inline-flex; align-items: baseline; gap: 7px; }
.state::before { content: ''; flex: none; width: 8px; height: 8px; border-radius: 99px; background: var(--soft); }
.state.good::before { background: var(--good); }
.state.bad::before { background: var(--bad); }
.state.open::before { background: transparent; box-shadow: inset 0 0 0 1.5px var(--soft); }
.empty { color: var(--soft); }
.narrow { max-width: 460px; padding-top: 40px; }
.narrow .card { display: grid; gap: 14px; }
.bill { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 6px 0; margin: 0; }
.bill dt, .bill dd { margin: 0; overflow-wrap: anywhere; }
.bill dd { text-align: right; }
.bill .total { border-top: 1px solid var(--line); margin-top: 4px; padding-top: 8px; font-weight: 600; }
.choices { display: grid; gap: 8px; }
.choices hr { width: 100%; margin: 4px 0; border: 0; border-top: 1px solid var(--line); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 180px), 1fr)); gap: 8px; }
footer { margin-top: 24px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
@media (max-width: 640px) {
  main { padding-inline: 14px; }
  .card { padding: 12px 14px; }
  .figures > div { padding: 7px 11px; }
  .plan > .about { display: none; }
  .payments > li { grid-template-columns: minmax(0, 1fr) auto; }
  .payments .act { justify-content: flex-start; grid-column: 1 / -1; }
  .payments .act:empty { display: none; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`
