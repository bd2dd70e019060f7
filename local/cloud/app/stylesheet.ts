/** Light and dark follow the visitor's own setting. Contrasts are at least 4.5:1, those of controls' edges 3:1 (WCAG 2.2 AA). */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f3ef, #17141a);
  --card: light-dark(#ffffff, #211d26);
  --text: light-dark(#231c22, #f1ecf0);
  --quiet: light-dark(#655b63, #b7adb6);
  --line: light-dark(#8b8089, #7d7380);
  --edge: light-dark(#e6dfe0, #332d39);
  --accent: light-dark(#7d1f3e, #f0a3b8);
  --on-accent: light-dark(#ffffff, #2a0d17);
  --alert: light-dark(#fdeceb, #3c1a1d);
  --alert-text: light-dark(#8c1d18, #ffb4ab);
  --notice: light-dark(#fff4d9, #3a2f12);
  --notice-text: light-dark(#664600, #f5d488);
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
body {
  margin: 0;
  min-height: 100dvh;
  display: grid;
  grid-template-rows: auto 1fr auto;
  background: var(--ground);
  color: var(--text);
}
header, footer { padding: 1.25rem 1.5rem; }
footer { color: var(--quiet); font-size: 0.875rem; text-align: center; }
.brand { font: 600 1.125rem/1 Georgia, "Times New Roman", serif; letter-spacing: 0.01em; color: var(--accent); }
main {
  align-self: center;
  justify-self: center;
  width: min(26rem, calc(100% - 2rem));
  padding: clamp(1.5rem, 5vw, 2.5rem);
  background: var(--card);
  border: 1px solid var(--edge);
  border-top: 4px solid var(--accent);
  border-radius: 0.75rem;
}
h1 { margin: 0 0 0.75rem; font: 600 clamp(1.5rem, 5vw, 1.875rem)/1.2 Georgia, "Times New Roman", serif; overflow-wrap: anywhere; }
.eyebrow { margin: 0 0 0.25rem; color: var(--quiet); font-size: 0.875rem; }
.lead { margin: 0; color: var(--quiet); }
form { display: grid; margin-top: 1.5rem; }
label { margin-bottom: 0.375rem; font-weight: 600; font-size: 0.9375rem; }
input {
  margin-bottom: 1.125rem;
  padding: 0.625rem 0.75rem;
  width: 100%;
  min-height: 2.75rem;
  font: inherit;
  color: inherit;
  background: var(--ground);
  border: 1px solid var(--line);
  border-radius: 0.5rem;
}
input[aria-invalid] { border-color: var(--alert-text); border-width: 2px; }
button {
  margin-top: 0.25rem;
  min-height: 2.875rem;
  font: inherit;
  font-weight: 600;
  color: var(--on-accent);
  background: var(--accent);
  border: 0;
  border-radius: 0.5rem;
  cursor: pointer;
}
button:hover { filter: brightness(1.1); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
.hint { margin: 1.25rem 0 0; color: var(--quiet); font-size: 0.9375rem; }
.alert, .notice { margin: 1rem 0 0; padding: 0.75rem 1rem; border-radius: 0.5rem; }
.alert span { white-space: nowrap; }
.alert { background: var(--alert); color: var(--alert-text); }
.notice { background: var(--notice); color: var(--notice-text); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.5rem 1.25rem; margin: 1.25rem 0 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (prefers-reduced-motion: no-preference) { button { transition: filter 120ms ease; } }
`;
