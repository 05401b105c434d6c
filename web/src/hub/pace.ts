/** Of the time, at most one part in so many goes into showing what comes in. */
const share = 3;
const longest = 150;

/**
 * When to show what comes in: right after a frame has been drawn, so that rendering and drawing do not fall between the
 * same two frames, and on a slow machine the less often the longer it takes, up to `longest` ms apart.
 */
export class Pace {
  #free = 0;

  next(show: () => void): void {
    const wait = this.#free - performance.now();
    const timed = () => {
      const begun = performance.now();
      show();
      afterFrame(() => {
        this.#free = begun + Math.min(longest, share * (performance.now() - begun));
      });
    };
    if (wait > 0) setTimeout(() => afterFrame(timed), wait);
    else afterFrame(timed);
  }
}

/** A page that is not seen draws no frames: then `run` is called soon all the same. */
function afterFrame(run: () => void): void {
  let due = true;
  const once = () => {
    if (!due) return;
    due = false;
    run();
  };
  if (!document.hidden) requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, document.hidden ? 0 : longest);
}
