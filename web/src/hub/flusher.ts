/** Calls `flush` at once for the first change, and for those that follow together, at most once every `every` ms. */
export class Flusher {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #last = 0;

  constructor(
    private readonly flush: () => void,
    private readonly every: number,
  ) {}

  soon(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#last + this.every - Date.now());
    this.#timer = setTimeout(() => this.now(), wait);
  }

  now(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#last = Date.now();
    this.flush();
  }
}
