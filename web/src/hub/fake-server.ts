/** For tests: answers the hub's requests with streams that the test writes to, drops and ends. */
export interface Connection {
  url: string;
  lastEventId: string | null;
  send(event: string, data: unknown, id?: number | string): void;
  drop(): void;
  end(): void;
  closed: boolean;
}

export class FakeServer {
  readonly connections: Connection[] = [];
  /** Answers to give instead of a stream, used up one by one. */
  refusals: number[] = [];
  /** While true, the feed cannot be reached. */
  away = false;

  readonly fetch: typeof fetch = async (input, init) => {
    const url = String(input);
    if (this.away && url === "/events") throw new TypeError("network");
    const refusal = url.startsWith("/stream") ? this.refusals.shift() : undefined;
    if (refusal === 0) throw new TypeError("network");
    if (refusal !== undefined) return new Response(null, { status: refusal });
    return new Response(this.#open(url, init), { status: 200 });
  };

  /** Connections to a task's stream, or to the feed, in the order they were made. */
  to(url: string): Connection[] {
    return this.connections.filter((connection) => connection.url.startsWith(url));
  }

  open(url: string): Connection[] {
    return this.to(url).filter(({ closed }) => !closed);
  }

  #open(url: string, init: RequestInit | undefined): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    return new ReadableStream({
      start: (control) => {
        const connection: Connection = {
          url,
          lastEventId: new Headers(init?.headers).get("Last-Event-ID"),
          closed: false,
          send(event, data, id) {
            const head = id === undefined ? "" : `id: ${id}\n`;
            control.enqueue(encoder.encode(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
          },
          drop() {
            connection.closed = true;
            control.error(new TypeError("dropped"));
          },
          end() {
            connection.closed = true;
            control.close();
          },
        };
        init?.signal?.addEventListener("abort", () => {
          if (!connection.closed) connection.drop();
        });
        this.connections.push(connection);
      },
      cancel: () => {
        for (const connection of this.to(url)) connection.closed = true;
      },
    });
  }
}
