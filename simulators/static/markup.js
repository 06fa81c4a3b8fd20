// What the vendors' markup looks like on the phone: Telegram's HTML and WhatsApp's signs, as safe elements.

const TELEGRAM_TAGS = new Set([
  "B", "STRONG", "I", "EM", "U", "INS", "S", "STRIKE", "DEL", "CODE", "PRE", "BLOCKQUOTE", "TG-SPOILER",
]);
const SIGNS = { "*": "strong", _: "em", "~": "s", "```": "code" };
const SIGNED = /(?<![\p{L}\p{N}])(```|[*_~])(?=\S)([\s\S]*?\S)\1(?![\p{L}\p{N}])/gu;
const ADDRESS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;

export function telegramHtml(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  const into = document.createDocumentFragment();
  copy(parsed, into);
  return into;
}

export function whatsAppText(text) {
  const into = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(SIGNED)) {
    into.append(plainText(text.slice(end, found.index)));
    const marked = document.createElement(SIGNS[found[1]]);
    marked.append(found[1] === "```" ? found[2] : whatsAppText(found[2]));
    into.append(marked);
    end = found.index + found[0].length;
  }
  into.append(plainText(text.slice(end)));
  return into;
}

export function plainText(text) {
  const into = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    into.append(text.slice(end, found.index), link(found[0], found[0]));
    end = found.index + found[0].length;
  }
  into.append(text.slice(end));
  return into;
}

export function link(url, ...content) {
  const made = document.createElement("a");
  made.href = url;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  made.append(...content);
  return made;
}

function copy(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      into.append(from.nodeName === "A" ? node.data : plainText(node.data));
    } else if (node.nodeName === "A" && /^(https?|tel|mailto):/.test(node.getAttribute("href") ?? "")) {
      const made = link(node.getAttribute("href"));
      copy(node, made);
      into.append(made);
    } else if (TELEGRAM_TAGS.has(node.nodeName)) {
      const made = document.createElement(node.nodeName === "TG-SPOILER" ? "span" : node.nodeName);
      copy(node, made);
      into.append(made);
    } else {
      copy(node, into);
    }
  }
}
