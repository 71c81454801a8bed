/** The one style sheet, inline; the content security policy names its hash. In both schemes text stands out by 6 to 1 or more, edges by 3 to 1. */
export const style = `
:root{color-scheme:light dark;--page:#f3f5f8;--card:#fff;--text:#16202c;--soft:#4c5a6b;--line:#ccd4de;--field:#fff;
--edge:#75849a;--accent:#1d4ed8;--accent-text:#fff;--accent-soft:#e8efff;--bad:#b3261e;--bad-soft:#fdecea;--good:#136c3a;
--good-soft:#e6f5ec}
@media (prefers-color-scheme:dark){:root{--page:#0f141b;--card:#18202a;--text:#e8edf4;--soft:#a9b5c5;--line:#303c4b;
--field:#10161e;--edge:#7b8a9f;--accent:#8ab4ff;--accent-text:#0b1730;--accent-soft:#1d2d4a;--bad:#ff9d94;
--bad-soft:#3b1f20;--good:#7ddca1;--good-soft:#163226}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans","DejaVu Sans",sans-serif}
.frame{max-width:31rem;margin:0 auto;padding:clamp(1rem,6vh,4rem) 1rem 2rem}
header{display:flex;justify-content:space-between;gap:1rem;align-items:baseline;padding:0 .25rem .75rem;color:var(--soft);
font-size:.9375rem}
header b{color:var(--text);font-size:1.125rem;letter-spacing:-.01em}
header span{overflow-wrap:anywhere;text-align:right}
main{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:clamp(1.25rem,5vw,2rem);
box-shadow:0 1px 2px rgb(0 0 0/.06),0 8px 24px rgb(0 0 0/.06)}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.015em}
h1+.note{margin-top:.875rem}
p{margin:0 0 1rem}
main>:last-child{margin-bottom:0}
.soft,small{color:var(--soft)}
small{font-size:.875rem}
ol.steps{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0 0 1.25rem;padding:0;font-size:.875rem;
color:var(--soft);counter-reset:step}
.steps li{counter-increment:step;display:flex;gap:.5rem;align-items:center}
.steps li::before{content:counter(step);display:grid;place-items:center;width:1.5rem;height:1.5rem;border-radius:50%;
border:1px solid var(--edge);font-weight:600;font-size:.8125rem}
.steps li[aria-current]{color:var(--text);font-weight:600}
.steps li[aria-current]::before{background:var(--accent);border-color:var(--accent);color:var(--accent-text)}
.steps li.done::before{content:"\\2713";border-color:var(--accent);color:var(--accent)}
label{display:block;font-weight:600;margin:0 0 .25rem}
.field{margin:0 0 1.25rem}
.field small{display:block;margin:.375rem 0 0}
input[type=text],input[type=email],input[type=password]{width:100%;padding:.6875rem .75rem;font:inherit;color:inherit;
background:var(--field);border:1px solid var(--edge);border-radius:.5rem}
input[readonly]{background:var(--page);border-color:var(--line);color:var(--soft)}
input.code{font:600 1.375rem/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
letter-spacing:.12em;text-transform:uppercase;text-align:center}
input[aria-invalid]{border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem}
button{flex:1 1 9rem;min-height:2.875rem;padding:.625rem 1.25rem;font:inherit;font-weight:600;border-radius:.5rem;
border:1px solid var(--accent);background:var(--accent);color:var(--accent-text);cursor:pointer}
button:hover{filter:brightness(1.08)}
button.plain{background:transparent;border-color:var(--edge);color:var(--text)}
button.link{flex:none;min-height:0;padding:0;border:0;background:none;color:var(--accent);text-decoration:underline;
font-weight:400;font-size:.875rem;border-radius:.125rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}
.note{border-left:4px solid var(--accent);background:var(--accent-soft);border-radius:.375rem;padding:.75rem 1rem;
margin:0 0 1.25rem}
.note p:last-child{margin:0}
.note.bad{border-color:var(--bad);background:var(--bad-soft)}
.note.good{border-color:var(--good);background:var(--good-soft)}
dl{margin:0 0 1.25rem;border:1px solid var(--line);border-radius:.5rem;overflow:hidden}
dl div{display:grid;grid-template-columns:8rem 1fr;gap:.125rem 1rem;padding:.625rem .875rem}
dl div+div{border-top:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
dd small{display:block}
.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-weight:600;
letter-spacing:.06em}
.as{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between;align-items:baseline;margin:1.25rem 0 0;
padding:1rem 0 0;border-top:1px solid var(--line);font-size:.875rem;color:var(--soft);overflow-wrap:anywhere}
@media (max-width:24rem){ol.steps{gap:.25rem .625rem;font-size:.8125rem}.steps li{gap:.3125rem}
dl div{grid-template-columns:1fr}header{flex-wrap:wrap;gap:0 1rem}.buttons{flex-direction:column}
button{flex:none}button.link{flex:none}}
@media (forced-colors:active){button,main,input{border:1px solid}}
`
