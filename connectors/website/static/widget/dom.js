// Building elements. Content is always text nodes: nothing that comes from outside is ever parsed as markup.

/** An element with properties, attributes, listeners (`onclick`) and children (strings become text nodes). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  chat: ["M4 5.5h16v10.5H10l-4.500 4v-4H4z"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  send: ["M4 12l16-7.500-5 15.500-3.500-5.500z", "M11.500 14.500L20 4.500"],
  clip: ["M8 12.500l6.500-6.500a3 3 0 0 1 4.200 4.200l-8.400 8.400a5 5 0 0 1-7-7l7.700-7.700"],
  camera: ["M4 8h3.500l1.500-2.500h6L16.500 8H20v11H4z", "M12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z"],
  again: ["M12 5v14", "M5 12h14"],
  file: ["M6.500 3.500h7l4 4v13h-11z", "M13.500 3.500v4h4"],
  lock: ["M6 11h12v9H6z", "M8.500 11V8a3.500 3.500 0 0 1 7 0v3"],
  down: ["M6 9.500l6 6 6-6"],
  globe: ["M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17z", "M3.500 12h17", "M12 3.500c-5 5-5 12 0 17 5-5 5-12 0-17z"],
  pin: ["M12 21s-6.500-6.200-6.500-11a6.500 6.500 0 0 1 13 0c0 4.800-6.500 11-6.500 11z", "M12 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z"],
};

/** A drawing that says nothing to a screen reader: its control has the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: "0 0 24 24", width: 22, height: 22, fill: "none", stroke: "currentColor",
    "stroke-width": 1.800, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false",
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}

// Numbers of policies and requests: a line break at their hyphens would make them hard to read out.
const WHOLE = /\b[A-Z]{2}-[0-9A-Z]+(?:-[0-9A-Z]+)*\b/g;
const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text whose policy and request numbers stay on one line. */
export function unbroken(text) {
  return marked(text, WHOLE, (number) => el("span", { class: "whole" }, number));
}

/** The same, with its web addresses made into links. */
export function linked(text) {
  const link = (address) => el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
  return marked(text, ADDRESS, link).flatMap((part) => (typeof part === "string" ? unbroken(part) : [part]));
}

function marked(text, pattern, make) {
  const parts = [];
  let rest = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(rest, match.index), make(match[0]));
    rest = match.index + match[0].length;
  }
  parts.push(text.slice(rest));
  return parts.filter((part) => part !== "");
}
