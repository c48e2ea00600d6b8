/** How the server treats requests: at once, after a delay, or after a delay and some of them badly. */
export const MODES = ["LOCAL", "DELAY", "ERROR"] as const;

export type ServerMode = (typeof MODES)[number];

/**
 * Reads a mode in upper or lower case.
 *
 * @throws RangeError listing the modes
 */
export function parseMode(text: string): ServerMode {
  const mode = MODES.find((known) => known === text.toUpperCase());
  if (mode === undefined) throw new RangeError(`expected the mode to be LOCAL, DELAY or ERROR, got "${text}"`);
  return mode;
}
