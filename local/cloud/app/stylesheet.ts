/** The colours are the browser's own, so that light, dark and contrast follow the visitor's settings. */
export const stylesheet = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
* { box-sizing: border-box; }
body { display: grid; gap: 1.5rem; width: min(26rem, calc(100% - 2rem)); margin: 2rem auto; }
.brand { font: 600 1.25rem/1 Georgia, serif; }
main { padding: 1.5rem; border: 1px solid; border-radius: 0.5rem; }
h1 { margin: 0 0 0.75rem; font: 600 1.75rem/1.2 Georgia, serif; overflow-wrap: anywhere; }
form { display: grid; gap: 0.5rem; margin-top: 1.5rem; }
input, button { min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit; }
input[aria-invalid] { border: 2px solid #c62828; }
button { margin-top: 0.75rem; font-weight: 600; }
.alert, .notice { padding: 0.75rem 1rem; border-left: 4px solid; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.5rem 1.25rem; }
dd { margin: 0; overflow-wrap: anywhere; }
`;
