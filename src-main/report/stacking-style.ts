/** What the report of a stacking study needs besides the common style sheet: timeline and lineage. */
export const STACKING_STYLE = `
.timeline,.lineage{display:block;font-family:var(--sans);font-size:11px;max-width:100%}
.timeline{width:100%;height:auto}.timeline text,.lineage text{fill:var(--text-2)}
.timeline .name{font-size:12.5px;fill:var(--text)}.timeline .loss{font-size:13px;fill:var(--text);font-variant-numeric:tabular-nums}
.timeline .best{font-weight:600}.timeline .loss.bad{fill:var(--danger);font-weight:600}.timeline .loss.open{fill:var(--text-2)}
.timeline .depth{fill:var(--text);font-weight:600}
.timeline .stage{fill:color-mix(in oklab,var(--layer-top) 42%,var(--surface));stroke:var(--layer-top)}
.timeline .search{stroke:var(--line-strong);stroke-width:.75}.timeline .hatch{stroke:var(--line-strong);stroke-width:2}
.timeline .planned{fill:none;stroke:var(--line-strong);stroke-dasharray:3 2.5}
.timeline .grow{stroke:var(--accent);stroke-width:1.5}.timeline .cross{stroke:var(--danger);stroke-width:2;fill:none}
.timeline .ground{stroke:var(--grid)}.timeline .axis{stroke:var(--line-strong)}.timeline .budget{stroke:var(--text-3);stroke-dasharray:4 3}
.lineages{display:flex;flex-wrap:wrap;gap:20px 36px;margin-top:12px}.lineages figure{margin:0;max-width:100%}
.lineages figcaption{margin:0 0 6px;color:var(--text);max-width:280px;overflow-wrap:anywhere}.lineages figcaption span{color:var(--text-2)}
.lineage{overflow:visible;max-width:none}.lineage .head{fill:var(--text-2)}
.lineage .cell{stroke:var(--layer-top)}.lineage .b0{fill:color-mix(in oklab,var(--text) 72%,var(--layer-top))}
.lineage .b1{fill:color-mix(in oklab,var(--layer-top) 58%,var(--surface))}.lineage .b2{fill:color-mix(in oklab,var(--layer-top) 32%,var(--surface))}
.lineage .b3{fill:color-mix(in oklab,var(--layer-top) 14%,var(--surface))}
.lineage .new{stroke:var(--text);stroke-dasharray:2.5 1.5}
.lineage text.cellname{font-size:11px;fill:var(--text)}.lineage text.cellname.b0{fill:var(--surface)}
.lineage .gone{fill:none;stroke:var(--line-strong);stroke-dasharray:1.5 2}
.lineage .stays{stroke:var(--wire);fill:none}.lineage .shoot{stroke:var(--accent);fill:none;stroke-width:1.4}.lineage .identity{stroke-dasharray:4 2.5}
.lineage .born{fill:var(--surface);stroke:var(--text-2);stroke-dasharray:1.5 1.5}
.findings{padding-left:18px;max-width:76ch}.findings li{margin-top:4px}
.choice{margin:6px 0 10px}
h3 .badge{margin-left:8px;vertical-align:1px}
@media (forced-colors:active){.timeline .stage,.lineage .cell{forced-color-adjust:none}}
`.trim();
