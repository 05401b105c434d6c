import { Hub } from "./core";

declare const self: SharedWorkerGlobalScope & typeof globalThis;

const hub = new Hub();

self.addEventListener("connect", (event) => {
  const port = event.ports[0];
  if (port === undefined) return;
  const receive = hub.attach((message) => port.postMessage(message));
  port.addEventListener("message", (message) => receive(message.data));
  port.start();
});
