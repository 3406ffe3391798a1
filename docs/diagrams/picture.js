// Runs in a page with Mermaid: `picture(source)` is the SVG of a diagram that is read by day and by night.
// An image does not know the theme of the page around it, but what its reader prefers (prefers-color-scheme).
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const MARGIN = 14;
const BELOW = 8;  // the life lines go on behind the last arrow

const COLOURS = {
  light: {
    card: "#ffffff", edge: "#d0d7de", ink: "#1f2328", soft: "#59636e", box: "#f6f8fa",
    api: "#ddf4ff", apiEdge: "#0969da", db: "#dafbe1", dbEdge: "#1a7f37",
  },
  dark: {
    card: "#0d1117", edge: "#3d444d", ink: "#f0f6fc", soft: "#9198a1", box: "#151b23",
    api: "#0c2d4f", apiEdge: "#4493f8", db: "#0f2f1a", dbEdge: "#3fb950",
  },
};

function look({ card, edge, ink, soft, box, api, apiEdge, db, dbEdge }) {
  return {
    startOnLoad: false,
    theme: "base",
    look: "classic",
    fontFamily: FONT,
    fontSize: 14,
    themeVariables: {
      fontFamily: FONT, fontSize: "14px", background: card, primaryColor: box, primaryTextColor: ink, primaryBorderColor: edge, lineColor: soft,
      actorBkg: box, actorBorder: edge, actorTextColor: ink, actorLineColor: edge,
      signalColor: soft, signalTextColor: ink, sequenceNumberColor: card,
      noteBkgColor: box, noteBorderColor: edge, noteTextColor: ink,
    },
    themeCSS: `
      .card { fill: ${card}; stroke: ${edge}; }
      rect.actor[name="API"] { fill: ${api}; stroke: ${apiEdge}; }
      rect.actor[name="TimescaleDB"] { fill: ${db}; stroke: ${dbEdge}; }
      text.actor > tspan { font-weight: 600; }
      .messageText { stroke: ${card}; stroke-width: 5px; paint-order: stroke; }
      [id$="sequencenumber"] { fill: ${soft}; }`,
    sequence: {
      mirrorActors: false, useMaxWidth: false, diagramMarginX: 0, diagramMarginY: 0, height: 36, width: 84,
      actorMargin: 16, boxMargin: 8, noteMargin: 6, messageMargin: 26,
      actorFontSize: 14, messageFontSize: 14, noteFontSize: 13,
    },
  };
}

async function drawn(source, scheme) {
  mermaid.initialize(look(COLOURS[scheme]));
  document.body.innerHTML = (await mermaid.render("picture", source)).svg;
  return document.querySelector("svg");
}

function rules(svg) {
  const all = [...svg.querySelector("style").sheet.cssRules];
  return all.filter((rule) => rule.selectorText && svg.parentNode.querySelector(rule.selectorText)).map((rule) => rule.cssText);
}

function framed(svg) {
  const { x, y, width, height } = svg.viewBox.baseVal;
  const [w, h] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + BELOW + 2 * MARGIN];
  svg.setAttribute("viewBox", `${x - MARGIN} ${y - MARGIN} ${w} ${h}`);
  svg.setAttribute("width", w);
  svg.setAttribute("height", h);
  svg.removeAttribute("style");
  for (const line of svg.querySelectorAll(".actor-line")) line.setAttribute("y2", y + h - 2 * MARGIN);
  svg.setAttribute("role", "img");
  const card = document.createElementNS(svg.namespaceURI, "rect");
  const place = { class: "card", x: x - MARGIN + 0.5, y: y - MARGIN + 0.5, width: w - 1, height: h - 1, rx: 10 };
  for (const [name, value] of Object.entries(place)) card.setAttribute(name, value);
  svg.querySelector("desc").after(card);
  return svg;
}

function withoutUnused(svg) {
  for (const part of svg.querySelectorAll("symbol[id], marker[id], filter[id]")) {
    const used = svg.outerHTML.includes(`#${part.id})`) || svg.outerHTML.includes(`"#${part.id}"`);
    if (!used || part.localName === "filter") part.closest("defs").remove();
  }
  for (const part of svg.querySelectorAll("[filter]")) part.removeAttribute("filter");
  return svg;
}

async function picture(source) {
  const night = rules(framed(await drawn(source, "dark")));
  const svg = withoutUnused(framed(await drawn(source, "light")));
  const day = rules(svg);
  const style = document.createElementNS(svg.namespaceURI, "style");
  style.textContent = `\n${day.join("\n")}\n@media (prefers-color-scheme: dark) {\n${night.join("\n")}\n}\n`;
  svg.querySelector("style").replaceWith(style);
  return new XMLSerializer().serializeToString(svg);
}
