const gap = 6;
const margin = 8;

/** Puts a popover under the end of its button, or above it where there is no room below. */
export function placeBeside(popover: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = at.bottom + gap + height + margin <= innerHeight;
  const left = Math.min(Math.max(margin, at.right - width), innerWidth - width - margin);
  popover.style.top = `${Math.max(margin, below ? at.bottom + gap : at.top - gap - height)}px`;
  popover.style.left = `${left}px`;
}

/** Moves the focus among the items of a menu, round and round. */
export function moveFocus(menu: HTMLElement, move: "next" | "previous" | "first" | "last"): void {
  const items = [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = { next: at + 1, previous: at - 1, first: 0, last: -1 }[move];
  items.at(next === items.length ? 0 : Math.max(-1, next))?.focus();
}
