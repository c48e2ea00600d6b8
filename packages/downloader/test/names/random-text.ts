/** Text made of what is hard for names. */

const HARD = [
  ...[
    "/",
    "\\",
    ":",
    "\0",
    ".",
    "..",
    " ",
    "~",
    "-",
    "<",
    ">",
    '"',
    "|",
    "?",
    "*",
    "\x1b",
    "\x7f",
    "\x85",
    "\u202e",
    "\u200b",
  ],
  ...[
    "\u2028",
    "\ufeff",
    "e\u0301",
    "\u0301",
    "\u0338",
    "\u1100\u1161",
    "\ud800",
    "\udc00",
    "😀",
    "é",
    "ﬁ",
    "\u212a",
    "¹",
  ],
  ...[
    "CON",
    "nul",
    "COM1",
    "com¹",
    "LPT9",
    "CONIN$",
    ".txt",
    ".tar.gz",
    ".jpg",
    "%2F",
    "%",
    "=",
    "=\u0338",
    "\u{e0041}",
  ],
];

/** Up to 150 characters: hard ones, letters, and any code units. @param random of `seeded` */
export function randomText(random: (below: number) => number): string {
  let text = "";
  for (let left = 1 + random(1 + random(1 + random(150))); left > 0; left--) {
    const kind = random(20);
    if (kind < 8) text += HARD[random(HARD.length)];
    else if (kind < 14) text += String.fromCharCode(97 + random(26));
    else if (kind < 17) text += String.fromCodePoint(random(0x110000));
    else text += String.fromCharCode(random(0x10000));
  }
  return text;
}
