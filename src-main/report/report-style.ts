/** The style sheet of the HTML report: one file, no fonts, both themes, screen and paper. */
import {
  cssVariables,
  DARK_CONTRAST_TOKENS,
  DARK_TOKENS,
  LIGHT_CONTRAST_TOKENS,
  LIGHT_TOKENS,
} from './theme.ts';

export const REPORT_STYLE = `
:root{color-scheme:light dark;${cssVariables(LIGHT_TOKENS)};
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;--mono:ui-monospace,"SF Mono","Cascadia Mono","DejaVu Sans Mono",Menlo,monospace}
@media screen and (prefers-color-scheme:dark){:root{${cssVariables(DARK_TOKENS)}}}
@media screen and (prefers-contrast:more){:root{${cssVariables(LIGHT_CONTRAST_TOKENS)}}.badge{box-shadow:inset 0 0 0 1.5px}
tr.picked,tr.even{outline:2px solid var(--accent);outline-offset:-2px}nav.contents a:hover{text-decoration:underline}}
@media screen and (prefers-contrast:more) and (prefers-color-scheme:dark){:root{${cssVariables(DARK_CONTRAST_TOKENS)}}}
*{box-sizing:border-box}
html{background:var(--bg);scroll-padding-top:16px;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;font:400 14px/21px var(--sans);color:var(--text);font-variant-numeric:tabular-nums;-webkit-font-smoothing:antialiased}
h1,h2,h3,p,dl,dd,ul,ol,figure,pre{margin:0;padding:0}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--surface);padding:8px}
.page{display:grid;grid-template-columns:minmax(0,864px);justify-content:center;gap:32px;padding:24px}
.sheet{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:40px 48px 48px;min-width:0}
nav.contents{display:none}
.eyebrow{color:var(--text-2);font-size:12px;line-height:16px;display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center}
h1{font-size:24px;line-height:30px;font-weight:600;margin:8px 0 6px;overflow-wrap:anywhere;letter-spacing:-.005em}
.lead{font-size:16px;line-height:24px;color:var(--text-2);max-width:64ch}
section{margin-top:36px}
h2{font-size:15px;line-height:20px;font-weight:600;margin-bottom:10px;padding-top:12px;border-top:1px solid var(--line);break-after:avoid}
h3{font-size:13px;line-height:18px;font-weight:600;margin:18px 0 6px;break-after:avoid}
p{max-width:72ch;overflow-wrap:anywhere}p+p{margin-top:8px}
.note,figcaption{font-size:12px;line-height:17px;color:var(--text-2);max-width:88ch}
.note{margin-top:8px}
.badge{display:inline-block;height:18px;padding:0 6px;border-radius:4px;font-size:11px;line-height:18px;font-weight:500;background:var(--sunken);color:var(--text-2);white-space:nowrap}
.badge.ok{background:var(--accent-soft);color:var(--accent)}.badge.warn{background:var(--warn-soft);color:var(--warn)}.badge.bad{background:var(--danger-soft);color:var(--danger)}
.verdict{border:1px solid var(--line);border-left:3px solid var(--accent);border-radius:5px;padding:16px 20px;margin-bottom:14px;break-inside:avoid}
.verdict.open{border-left-color:var(--line-strong)}
.chosen{display:flex;flex-wrap:wrap;align-items:center;gap:8px 12px;margin-bottom:8px}
.chosen strong{font-size:18px;line-height:22px;font-weight:600;overflow-wrap:anywhere;min-width:0}
.verdict p{font-size:15px;line-height:23px}
.verdict p+p{font-size:14px;line-height:21px;color:var(--text-2)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:0 24px}
.facts div{display:flex;gap:12px;justify-content:space-between;padding:5px 0;border-bottom:1px solid var(--grid);font-size:13px;line-height:18px;break-inside:avoid}
.facts dt{color:var(--text-2);flex:none}.facts dd{text-align:right;overflow-wrap:anywhere;min-width:0}
.facts.long{grid-template-columns:minmax(0,1fr)}.facts.long dd{text-align:left}.facts.long dt{width:168px}.facts.long div{justify-content:flex-start}
.stats{display:flex;flex-wrap:wrap;gap:12px 36px;margin:4px 0 14px}
.stats dt{font-size:11px;line-height:14px;color:var(--text-2)}.stats dd{font-size:18px;line-height:24px;font-weight:600}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:18px}
caption span{display:inline-block;position:sticky;left:0;max-width:min(88ch,calc(100vw - 34px))}
caption{text-align:left;font-size:12px;line-height:17px;color:var(--text-2);padding-bottom:6px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th{font-weight:400;text-align:left;padding:5px 8px}
td{padding:5px 8px;text-align:left}
thead th{font-size:11px;line-height:14px;font-weight:500;color:var(--text-2);border-bottom:1px solid var(--line);vertical-align:bottom;white-space:nowrap}
tbody th,tbody td{border-bottom:1px solid var(--grid);height:32px;vertical-align:middle}
th:first-child,td:first-child{padding-left:6px}
.num{text-align:right;white-space:nowrap}
tr{break-inside:avoid}
tr.picked th,tr.picked td,tr.even th,tr.even td{background:var(--accent-soft)}
tr.picked .label{font-weight:600}tr.picked .badge.ok{background:var(--accent);color:var(--surface)}
tr.last th,tr.last td{border-bottom-color:var(--accent)}
tr.aside .label,tr.aside td{color:var(--text-2)}
.name{display:inline-flex;align-items:center;gap:8px;min-width:112px;max-width:280px}
.name .label{overflow-wrap:anywhere;min-width:0}
.key{flex:none;fill:currentColor;overflow:visible}.key .stroke{fill:none;stroke:currentColor;stroke-width:1.75}
.glyph{display:block;overflow:visible;color:var(--text);flex:none;max-width:100%}
.glyph .wire{stroke:var(--wire);fill:none}
.glyph .copy{fill:color-mix(in oklab,var(--text) var(--layer),var(--layer-top))}
.glyph .hollow{fill:var(--surface);stroke:color-mix(in oklab,var(--text) var(--layer,100%),var(--layer-top));stroke-width:1.2}
.glyph .hollow.new{stroke:var(--text-2)}.glyph .thin{stroke:none;fill:var(--text-3);opacity:.55}
.glyph .noisy{stroke-dasharray:2 1.2}.glyph .copy.noisy{stroke:var(--surface);stroke-width:1}
.glyph .tint{fill:var(--text);opacity:.13}.glyph .dot{fill:var(--text-2)}
.badge+.glyph{margin-left:4px}
.plan-text,.mono{font-family:var(--mono);font-size:12px;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:10px 0 0;font-size:12px;line-height:17px;color:var(--text-2);list-style:none}
.legend li{display:inline-flex;align-items:center;gap:8px}
figure{margin:4px 0 0;break-inside:avoid}
.chart{display:block;width:100%;height:auto;font-family:var(--sans)}
.scroll+figure{margin-top:20px}p+.scroll,.scroll+p{margin-top:10px}.scroll+.scroll{margin-top:18px}
.narrow{display:none}
figcaption{margin-top:6px}
details{margin-top:8px;font-size:12px}
summary{cursor:pointer;color:var(--text-2);padding:4px 0;width:fit-content}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
details table{font-size:12px;line-height:16px}details tbody th,details tbody td{height:26px;padding-top:3px;padding-bottom:3px}
.bar{position:relative;height:10px;border-radius:3px;background:var(--sunken);border:1px solid var(--line-strong);overflow:hidden;margin:10px 0;max-width:420px}
.bar i{position:absolute;inset:0 auto 0 0;background:var(--accent)}
pre{font:400 12px/18px var(--mono);background:var(--sunken);border-radius:5px;padding:12px 14px;overflow-x:auto;tab-size:2}
.events{list-style:none;font-size:12px;line-height:17px}
.events li{display:grid;grid-template-columns:200px 140px minmax(0,1fr);gap:4px 16px;padding:4px 0;border-bottom:1px solid var(--grid);break-inside:avoid}
.events time,.events .kind{color:var(--text-2)}.events span{overflow-wrap:anywhere}
footer{margin-top:36px;padding-top:12px;border-top:1px solid var(--line);font-size:12px;line-height:17px;color:var(--text-3)}
@media (min-width:1180px){.page{grid-template-columns:176px minmax(0,864px)}
nav.contents{display:block;position:sticky;top:24px;align-self:start;font-size:13px;line-height:18px}
nav.contents h2{font-size:11px;line-height:14px;color:var(--text-2);border:0;padding:0 10px;margin:0 0 6px;font-weight:600}
nav.contents ol{list-style:none}nav.contents a{display:block;padding:4px 10px;color:var(--text-2);text-decoration:none;border-radius:4px}
nav.contents a:hover{color:var(--accent);background:var(--accent-soft)}}
@media (max-width:640px){.page{padding:0}.sheet{border:0;border-radius:0;padding:24px 16px 32px}h1{font-size:20px;line-height:26px}
.wide{display:none}.narrow{display:block}.verdict{padding:12px 14px}.facts.long div{display:block}.facts.long dd{margin-top:2px}
.events li{grid-template-columns:minmax(0,1fr)}.stats{gap:10px 24px}
.scroll>table{min-width:620px}tbody th{position:sticky;left:0;width:168px;min-width:168px;max-width:168px;background:var(--surface);z-index:1}.name{flex-wrap:wrap;gap:2px 8px;max-width:none}.name .label{max-width:118px}.mono{white-space:nowrap}pre .mono,.plan-text{white-space:normal}}
@media (forced-colors:active){.glyph .copy,.key{forced-color-adjust:none}.bar i{background:Highlight}}
@page{size:A4;margin:16mm 15mm}
@media print{html,body{background:none}body{font-size:10pt;line-height:14.5pt}.page{display:block;padding:0}.sheet{border:0;padding:0}
nav.contents,.skip,details{display:none}.wide{display:block}.narrow{display:none}.scroll{overflow:visible}
section{margin-top:22pt}table{font-size:8.5pt;line-height:12pt}tbody th,tbody td{height:0;padding-top:3pt;padding-bottom:3pt}
thead{display:table-header-group}pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line)}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`.trim();
