"""How report pages look: light and dark, on paper and on a telephone, without anything from outside.

Colours were chosen for a contrast of at least 4.5 between text and ground (WCAG 2.2, criterion 1.4.3), in
both schemes; nothing is said by colour alone.
"""

from __future__ import annotations

from typing import Final

_LIGHT: Final = """--ground:#fff;--raised:#f5f6f8;--ink:#1b1f24;--soft:#535b66;--line:#d5d9df;
--accent:#1d5fa6;
--good:#17693a;--good-ground:#e7f5ec;--bad:#a61b1b;--bad-ground:#fdeaea;--warn:#7a4b00;--warn-ground:#fff3d9"""

_DARK: Final = """--ground:#14171b;--raised:#1d2127;--ink:#e8eaed;--soft:#a9b1bc;--line:#3a414b;
--accent:#84b6ee;
--good:#7dd3a0;--good-ground:#14301f;--bad:#ff9d9d;--bad-ground:#3d1717;--warn:#f3c46b;--warn-ground:#3a2a08"""

STYLE: Final = (
    ":root{color-scheme:light dark;"
    + _LIGHT
    + "}@media (prefers-color-scheme:dark){:root{"
    + _DARK
    + "}}@media print{:root{color-scheme:light;"
    + _LIGHT
    + "}}"
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;
overflow-wrap:break-word}
main,header,footer{max-width:52rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
footer{padding-bottom:3rem;color:var(--soft);font-size:.875rem}
h1{font-size:1.75rem;line-height:1.2;margin:.25rem 0 .5rem}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .75rem;
padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.75rem 0 .5rem}
p,ul{margin:.5rem 0;max-width:42rem}
li{margin:.3rem 0}
.kind{margin:0;color:var(--soft);font-size:.875rem}
.lead{font-size:1.125rem}
.soft,caption,figcaption{color:var(--soft)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}
code{overflow-wrap:anywhere}
pre{background:var(--raised);border:1px solid var(--line);border-radius:.4rem;padding:.75rem 1rem;
margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.notice{border:1px solid;border-left-width:.5rem;border-radius:.4rem;padding:.75rem 1rem;margin:1rem 0}
.notice p{margin:.25rem 0}
.notice .verdict{font-size:1.375rem;font-weight:700;line-height:1.25}
.good{border-color:var(--good);background:var(--good-ground)}.good .verdict,b.good{color:var(--good)}
.bad{border-color:var(--bad);background:var(--bad-ground)}.bad .verdict,b.bad{color:var(--bad)}
.warn{border-color:var(--warn);background:var(--warn-ground)}.warn .verdict,b.warn{color:var(--warn)}
b.good,b.bad,b.warn{background:none}.outcome{white-space:nowrap}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 2rem}
.drawings{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 2rem}
.columns h3{margin-top:.75rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.9375rem}
caption{text-align:left;padding:.25rem 0;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
thead th{font-size:.875rem;border-bottom:2px solid var(--line)}
tbody th{font-weight:600}
.number{text-align:right;padding-right:0;padding-left:.75rem;font-variant-numeric:tabular-nums;white-space:nowrap}
.facts th{width:13rem}
figure{margin:1rem 0}
figcaption{font-size:.875rem}
svg{display:block;width:100%;height:auto;max-width:28rem}
svg text{fill:var(--ink);font-family:system-ui,sans-serif}
svg .soft{fill:var(--soft)}
svg .track{fill:var(--raised);stroke:var(--line)}
svg .bar,svg .right{fill:var(--accent)}
svg .wrong{fill:var(--bad)}
svg .cell{stroke:var(--line)}
svg .whole{stroke:var(--ink);stroke-dasharray:3 2}
summary{cursor:pointer}
@media (max-width:34rem){
h1{font-size:1.5rem}
.facts tr,.stack tr{display:block;border-bottom:1px solid var(--line);padding:.35rem 0}
.facts th,.facts td,.stack th,.stack td{display:block;width:auto;border:0;padding:0}
.stack thead{position:absolute;left:-999rem}
}
@media print{
body{font-size:10pt}main,header,footer{max-width:none;padding:0}
h2,h3,caption{break-after:avoid}figure,tr,.notice,pre{break-inside:avoid}
.notice,pre,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
"""
)
