const out = [];
function lum(c) { const v = c.map(x => { x /= 255; return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; }
function rgb(s) { const m = s.match(/rgba?\(([^)]*)\)/); if (!m) return null; const p = m[1].split(/[ ,\/]+/).map(Number);
  return p.length > 3 && p[3] === 0 ? null : p.slice(0, 3); }
function ground(e, w) { for (; e; e = e.parentElement) { const c = rgb(w.getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; }
function measure(frame) {
  const d = frame.contentDocument, w = frame.contentWindow, name = frame.dataset.name;
  const seen = new Set(), low = [], small = [];
  const walk = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.replace(/[\u200b-\u200f\u2007\u034f\ufeff\s]+/g, " ").trim(), e = walk.currentNode.parentElement;
    if (!text || !e.getClientRects().length) continue;
    const s = w.getComputedStyle(e), f = rgb(s.color) || [0, 0, 0], g = ground(e, w), size = parseFloat(s.fontSize);
    const a = lum(f), b = lum(g), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const need = size >= 24 || (size >= 18.66 && parseInt(s.fontWeight) >= 700) ? 3 : 4.5;
    const key = f + "/" + g;
    if (ratio < need - 0.02 && !seen.has(key)) { seen.add(key); low.push([text.slice(0, 50), f.join(","), g.join(","), ratio.toFixed(2), need]); }
  }
  if (name === "light, 320 px") for (const a of d.querySelectorAll("a[href]")) {
    const r = a.getBoundingClientRect(); if (r.height && r.height < 24 && a.classList.contains("touch")) small.push([a.textContent.trim().slice(0, 40), Math.round(r.height)]);
  }
  out.push({name: name, width: frame.width, scroll: d.documentElement.scrollWidth, low: low, small: small, words: d.body.innerText.trim().length});
}
addEventListener("load", () => { document.querySelectorAll("iframe").forEach(measure);
  const pre = document.createElement("pre"); pre.id = "digest-result"; pre.textContent = JSON.stringify(out);
  document.body.replaceChildren(pre); });
