/** What a dialog gives the focus back to when a menu's item opened it: the item is gone by then, the menu's button is not. */

const WITHIN_MS = 1000;
let chosen: { button: HTMLElement; at: number } | null = null;

/** An item of a menu was chosen: what it opens may ask for the menu's button. */
export function itemChosen(item: EventTarget | null): void {
  const labelledBy = item instanceof Element ? item.closest("[role=menu]")?.getAttribute("aria-labelledby") : null;
  const button = labelledBy == null ? null : document.getElementById(labelledBy);
  chosen = button === null ? null : { button, at: performance.now() };
}

/** The button of the menu whose item was chosen just now, once; null when it was something else that opened us. */
export function menuButton(): HTMLElement | null {
  const found = chosen !== null && performance.now() - chosen.at < WITHIN_MS ? chosen.button : null;
  chosen = null;
  return found;
}
