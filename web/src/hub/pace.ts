/** Of the time, at most one part in so many goes into showing what comes in. */
const share = 3;
const longest = 150;
/** How long what was begun may take until it is on the page. */
export const patience = 250;

/**
 * When to show what comes in: right after a frame has been drawn, so that rendering and drawing do not fall between the
 * same two frames; one after the other; and on a slow machine the less often the longer it takes, up to `longest` ms
 * apart.
 */
export class Pace {
  #at: "rest" | "due" | "showing" = "rest";
  #free = 0;
  #wanted: (() => void) | null = null;
  #over: () => void = () => {};

  /** Calls `show` when it is time; of several that wait, only the last. */
  next(show: () => void): void {
    this.#wanted = show;
    if (this.#at === "rest") this.#plan();
  }

  /** What `show` began is on the page. */
  shown(): void {
    this.#over();
  }

  #plan(): void {
    this.#at = "due";
    const wait = this.#free - performance.now();
    if (wait > 0) setTimeout(() => afterFrame(() => this.#show()), wait);
    else afterFrame(() => this.#show());
  }

  #show(): void {
    const show = this.#wanted;
    const begun = performance.now();
    this.#wanted = null;
    this.#at = "showing";
    this.#over = once(() => afterFrame(() => this.#rest(begun)));
    setTimeout(this.#over, patience); // nobody may be there to show it to
    show?.();
  }

  #rest(begun: number): void {
    this.#at = "rest";
    this.#free = begun + Math.min(longest, share * (performance.now() - begun));
    if (this.#wanted !== null) this.#plan();
  }
}

/** A page that is not seen draws no frames: then `run` is called soon all the same. */
function afterFrame(run: () => void): void {
  const soon = once(run);
  if (!document.hidden) requestAnimationFrame(() => setTimeout(soon));
  setTimeout(soon, document.hidden ? 0 : longest);
}

function once(run: () => void): () => void {
  let due = true;
  return () => {
    if (due) {
      due = false;
      run();
    }
  };
}
