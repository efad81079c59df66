// A line of a log with terminal escape sequences. Colours and bold become classes, all other sequences
// are removed (ECMA-48; of SGR the 16 colours, bold, and the codes that reset them are supported).

import { withoutDirections } from "../frame/format.js";

const ESCAPES = new RegExp([
  "[\\u001b]\\[[0-?]*[ -/]*[@-~]",                              // CSI …
  "\\u009b[0-?]*[ -/]*[@-~]",                                   // … in one character
  "[\\u001b][\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?", // OSC and other strings
  "[\\u001b][ -/]*[0-~]?",                                      // everything else
  "[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]",            // control characters except the tab
].join("|"), "g");
const COLOUR = /^(?:\u001b\[|\u009b)([0-9;:]*)m$/;

export function plain(text) {
  return withoutDirections(text.replace(ESCAPES, ""));
}

// Pieces of text, each with the names of its classes.
export function styled(text) {
  const pieces = [];
  const style = { bold: false, colour: null, background: null };
  let end = 0;
  const add = piece => piece && pieces.push({ text: withoutDirections(piece), classes: classes(style) });
  for (const match of text.matchAll(ESCAPES)) {
    add(text.slice(end, match.index));
    end = match.index + match[0].length;
    const colour = COLOUR.exec(match[0]);
    if (colour) change(style, colour[1].split(/[;:]/).map(Number));
  }
  add(text.slice(end));
  return pieces;
}

function classes({ bold, colour, background }) {
  const names = [];
  if (bold) names.push("ansi-bold");
  if (colour !== null) names.push(`ansi-${colour}`);
  if (background !== null) names.push(`ansi-on-${background}`);
  return names;
}

function change(style, codes) {
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at];
    if (code === 0) Object.assign(style, { bold: false, colour: null, background: null });
    else if (code === 1) style.bold = true;
    else if (code === 22) style.bold = false;
    else if (code >= 30 && code <= 37) style.colour = code - 30;
    else if (code >= 90 && code <= 97) style.colour = code - 82;
    else if (code === 39) style.colour = null;
    else if (code >= 40 && code <= 47) style.background = code - 40;
    else if (code >= 100 && code <= 107) style.background = code - 92;
    else if (code === 49) style.background = null;
    else if (code === 38 || code === 48) {
      // Of the 256 colours, only the first 16 are supported. Any other leaves the colour unchanged.
      const which = codes[at + 2];
      if (codes[at + 1] === 5 && which < 16) style[code === 38 ? "colour" : "background"] = which;
      at += codes[at + 1] === 2 ? 4 : 2;
    }
  }
}
