/** Styles of the page: light or dark as the reader prefers, for phone, screen and paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c1e21;--soft:#5a6068;--rule:#d5d9de;--panel:#f5f6f8;
--s0:#0067a8;--s1:#c44e00;--s2:#00805b;--s3:#b0458c;--s4:#7d6200;--s5:#6741b8;--s6:#a3262a;--s7:#4a5560}
@media (prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e8eaed;--soft:#a5adb6;--rule:#3a4047;--panel:#1e2125;
--s0:#5cb3f0;--s1:#ff9b57;--s2:#45d3a4;--s3:#ee9fd2;--s4:#e3c54b;--s5:#b9a2ff;--s6:#ff8a8a;--s7:#b8c2cc}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#333;--rule:#999;--panel:#fff;
--s0:#0067a8;--s1:#c44e00;--s2:#00805b;--s3:#b0458c;--s4:#7d6200;--s5:#6741b8;--s6:#a3262a;--s7:#4a5560}
figure,tr,dl div,li{break-inside:avoid}h2,caption{break-after:avoid}.scroll{overflow:visible!important}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
dl{display:grid;gap:.25rem 2rem;margin:1rem 0;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}
dl div{display:grid;grid-template-columns:6rem 1fr}dl .command{grid-column:1/-1}
dt{color:var(--soft)}dd{margin:0}
code{font:.9em ui-monospace,monospace}code span{display:inline-block}
.charts{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}
figure{margin:0;max-width:46rem;padding:.75rem;background:var(--panel);border:1px solid var(--rule);border-radius:.5rem}
figcaption{font-weight:600}
figure>svg{display:block;width:100%;height:auto;margin:.5rem 0}
svg text{font-size:12px;fill:var(--soft)}@media (max-width:30rem){svg text{font-size:15px}}
.legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1rem;font-size:.9rem}
.legend li{display:flex;align-items:center;gap:.4rem}.legend svg{flex:none}
.grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
.line{fill:none;stroke:var(--c);stroke-width:2}.mark,.bar{fill:var(--c)}.spread{stroke-width:1.5}
.spread{stroke:var(--c,var(--ink))}.bar+.spread,.bar~.spread{stroke:var(--ink)}
.elsewhere .line{stroke-dasharray:6 4}.elsewhere .mark,.elsewhere .bar{fill:var(--panel);stroke:var(--c);stroke-width:1.5}
.elsewhere .bar{stroke-dasharray:4 3}
.limit{fill:none;stroke:var(--ink);stroke-width:1.5;stroke-dasharray:2 3}
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `.s${i}{--c:var(--s${i})}`).join('')}
.scroll{overflow-x:auto;margin:0 0 1.25rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;white-space:nowrap;font-weight:600;padding:.25rem 0}
th,td{padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}
th{color:var(--soft);font-weight:600}tbody th{color:inherit;font-weight:400}tbody tr:hover{background:var(--panel)}
.right{text-align:right}
footer{margin-top:2rem;color:var(--soft);font-size:.9rem}
`;
