/** An element with attributes and children; never from text, which a page's Trusted Types may forbid. */
export function h(tag, attributes = {}, ...children) {
  const isSvg = tag === "svg" || tag === "path";
  const made = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
