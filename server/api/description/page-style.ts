/** The look of the description's page, in both themes. One text, so that the page's policy can name it by its hash. */
export const css = `
:root { color-scheme: light dark; --ink: light-dark(#1d2433, #e6e9f0); --soft: light-dark(#55607a, #a3adc2); --ground: light-dark(#fbfbfd, #12151c);
  --line: light-dark(#d5d9e3, #333a49); --link: light-dark(#1b4fb3, #8fb4ff); --code: light-dark(#eef0f5, #1e2430); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; color: var(--ink); background: var(--ground); font: 1rem/1.55 system-ui, sans-serif; }
h1 small { color: var(--soft); font-weight: normal; font-size: 1rem; }
h2 { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { margin-top: 2rem; font-size: 1rem; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav ul { list-style: none; padding: 0; }
nav li { padding: .15rem 0; }
.verb { font: 600 .85em ui-monospace, monospace; }
code { font: .9em ui-monospace, monospace; background: var(--code); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); font-weight: normal; min-width: 6rem; }
thead th { font-weight: 600; }
td:last-child { min-width: 14rem; }
`
