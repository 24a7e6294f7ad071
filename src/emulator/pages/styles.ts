/** One style sheet for all pages, light and dark. */
export const styles = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f5f3ec, #131714);
  --card: light-dark(#fffefa, #1b211d);
  --ink: light-dark(#1d2721, #e9ece7);
  --soft: light-dark(#5b665f, #a2ada5);
  --line: light-dark(#e0dccf, #2e3731);
  --accent: light-dark(#1c5d45, #86d3b1);
  --on-accent: light-dark(#ffffff, #0d1f17);
  --wash: light-dark(#e3efe6, #20352b);
  --good: light-dark(#1c5d45, #86d3b1);
  --bad: light-dark(#a1321f, #f0a08e);
  --bad-wash: light-dark(#fbe9e4, #3a211c);
  --serif: ui-serif, 'Iowan Old Style', Charter, Georgia, 'Times New Roman', serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box; }
html { background: var(--paper); }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, Cantarell, 'DejaVu Sans', sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 64rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; margin: 0; text-wrap: balance; }
h1 { font-size: 2.1rem; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; }
p { margin: 0; }
a { color: var(--accent); text-underline-offset: 0.2em; }
.soft { color: var(--soft); }
.small { font-size: 0.875rem; }
code { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
header { display: grid; gap: 0.5rem; margin-bottom: 2.5rem; max-width: 44rem; }
.mark { display: flex; align-items: center; gap: 0.5rem; font-size: 0.875rem; color: var(--soft); }
.mark::before { content: ''; width: 0.6rem; height: 0.6rem; border-radius: 50%; background: var(--accent); }
section { margin-top: 3rem; }
section > h2 { margin-bottom: 0.35rem; }
section > h2 + p { margin-bottom: 1.1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.5rem; }
.plans { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; }
.plan { display: flex; flex-direction: column; gap: 0.4rem; }
.plan form { margin-top: auto; padding-top: 1.1rem; }
.price { font-family: var(--serif); font-size: 2rem; font-variant-numeric: tabular-nums; }
.price small { font: 0.9375rem system-ui, sans-serif; color: var(--soft); }
button, .button {
  font: inherit; font-weight: 600; line-height: 1.3; cursor: pointer; text-decoration: none;
  display: inline-flex; justify-content: center; align-items: center; text-align: center;
  min-height: 2.75rem; padding: 0.55rem 1.2rem; border-radius: 10px;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
  transition: filter 0.12s, background-color 0.12s;
}
button:hover, .button:hover { filter: brightness(1.1); }
button.quiet, .button.quiet { background: transparent; color: var(--ink); border-color: var(--line); }
button.quiet:hover, .button.quiet:hover { background: var(--wash); filter: none; }
button.slim { min-height: 2.25rem; padding: 0.2rem 0.9rem; font-size: 0.875rem; }
button:disabled { opacity: 0.5; cursor: default; filter: none; }
.wide { width: 100%; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.counters { display: grid; grid-template-columns: 2fr 3fr 3fr; gap: 1rem; }
.counter { padding: 1.15rem 1.25rem 0.9rem; min-width: 0; }
.counter h3 { font: 600 0.9375rem/1.4 system-ui, sans-serif; }
.counter dl { display: flex; gap: 0.35rem; margin: 0.7rem -0.6rem 0; }
.counter dl > div {
  flex: 1 1 0; min-width: 0; display: flex; flex-direction: column-reverse; justify-content: flex-end;
  padding: 0.3rem 0.6rem 0.45rem; border-radius: 10px; transition: background-color 1.6s ease-out;
}
.counter dd { margin: 0; font-family: var(--serif); font-size: 1.9rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.counter dt { font-size: 0.8125rem; color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
.counter div.moved { background: var(--wash); transition-duration: 0s; }
.counter div.moved dd { color: var(--accent); }
.note { margin: 0.8rem 0 -1.5rem; min-height: 1.5em; }
.payments { list-style: none; margin: 0; padding: 0.35rem 1.5rem; }
.payments li {
  display: grid; grid-template-columns: 1.3fr 6rem 1.3fr 6rem; gap: 0.25rem 2rem;
  align-items: center; padding: 0.7rem 0; min-height: 3.7rem;
}
.payments li + li { border-top: 1px solid var(--line); }
.payments .amount { font-variant-numeric: tabular-nums; text-align: right; }
.payments .act { justify-self: end; }
.state { display: inline-flex; align-items: baseline; gap: 0.45rem; }
.state::before { content: ''; flex: none; width: 0.5rem; height: 0.5rem; border-radius: 50%; background: var(--soft); }
.state.good::before { background: var(--good); }
.state.bad::before { background: var(--bad); }
.state.open::before { background: transparent; box-shadow: inset 0 0 0 1.5px var(--soft); }
.empty { padding: 1.4rem 0; color: var(--soft); }
.alert { background: var(--bad-wash); color: var(--bad); border-radius: 10px; padding: 0.8rem 1rem; }
.narrow { max-width: 30rem; padding-top: 4rem; }
.narrow header { margin-bottom: 1.5rem; }
.narrow .card { display: grid; gap: 1.25rem; }
.bill { display: grid; grid-template-columns: 1fr auto; gap: 0.4rem 0; margin: 0; font-variant-numeric: tabular-nums; }
.bill dt, .bill dd { margin: 0; }
.bill dd { text-align: right; }
.bill .total { border-top: 1px solid var(--line); padding-top: 0.7rem; margin-top: 0.3rem; font-weight: 600; }
.choices { display: grid; gap: 0.65rem; }
.choices hr { border: 0; border-top: 1px solid var(--line); margin: 0.35rem 0; width: 100%; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0.65rem; }
.two button { padding-inline: 0.25rem; font-size: 0.9375rem; }
footer { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
@media (max-width: 50rem) {
  .counters { grid-template-columns: 1fr; }
}
@media (max-width: 40rem) {
  main { padding: 1.75rem 1rem 3rem; }
  h1 { font-size: 1.7rem; }
  section { margin-top: 2.25rem; }
  .plans { gap: 0.6rem; }
  .plan { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: 1rem; align-items: center; }
  .plan > p:not(.price) { display: none; }
  .plan form { grid-area: 1 / 2 / span 2; padding: 0; margin: 0; }
  .plan button { padding-inline: 0.8rem; font-size: 0.9375rem; white-space: nowrap; }
  .plan .price { font-size: 1.3rem; white-space: nowrap; }
  .plan .price small { font-size: 0.8125rem; }
  .counters { gap: 0.6rem; }
  .payments { padding: 0.25rem 1rem; }
  .payments li { grid-template-columns: 1fr auto; }
  .payments .act:empty { display: none; }
}
@media (max-width: 26rem) { .two { grid-template-columns: 1fr; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`
