"""What a person would see of a page that does not fit: scripts for a browser."""

from __future__ import annotations

#: A function that lists what is wrong with the page in the window as it is: it is wider than the window, a text is cut
#: off, a word is broken in two, the chosen entry of a list does not fit, or a table has to be pushed sideways.
LOOKS = """() => {
  const found = [];
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) found.push(`the page is ${width} px wide`);
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (element) => {
    const text = (element.innerText || element.value || "").trim().replace(/\\s+/g, " ").slice(0, 60);
    return `${element.tagName.toLowerCase()}.${String(element.className).replaceAll(" ", ".")} "${text}"`;
  };
  // what is hidden from everybody, drawn, or meant to be pushed
  const left = ".visually-hidden, .skip, [aria-hidden=true], svg, .react-flow, pre, textarea, .wave, option";
  const pen = document.createElement("canvas").getContext("2d");
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest(left) || !seen(element)) continue;
    const style = getComputedStyle(element);
    // hidden from eyes only, or shortened on purpose, with three dots
    const meant = style.clipPath !== "none" || style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
    if (!meant && ["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
      found.push(`cut off: ${name(element)}`);
    if (element.matches(".table-wrap") && element.scrollWidth > element.clientWidth + 1)
      found.push(`pushed sideways by ${element.scrollWidth - element.clientWidth} px: ${name(element)}`);
    const list = element.matches("select.input");
    if (list || (element.matches("input.input") && element.value === "" && element.placeholder)) {
      const text = list ? (element.selectedOptions[0]?.label ?? "") : element.placeholder;
      pen.font = style.font;
      // the arrow of a list
      const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
        - (list ? 16 : 0);
      if (element.type !== "file" && pen.measureText(text).width > room + 1) found.push(`does not fit: "${text}"`);
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest(left + ", code, .breaks") || !seen(parent)) continue;
    for (const match of node.data.matchAll(/[\\p{L}\\p{N}]{2,}/gu)) {
      // names and identifiers longer than any word of ours may be broken
      if (match[0].length > 24) continue;
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
      const lines = new Set(boxes.map((box) => Math.round(box.top)));
      if (lines.size > 1) found.push(`broken: "${match[0]}" in ${name(parent)}`);
    }
  }
  return found;
}"""

#: Run before a page: adds up how far things move without anybody's doing (the layout shift of Web Vitals).
SHIFTS = """
window.shifted = { score: 0, moved: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.shifted.score += entry.value;
    for (const { node } of entry.sources)
      if (node) window.shifted.moved.push(`${node.nodeName} ${String(node.className ?? "").slice(0, 40)} ` +
        String(node.textContent ?? "").trim().slice(0, 40));
  }
}).observe({ type: "layout-shift", buffered: true });
"""
