import { Hub } from "./core";

const hub = new Hub();

// The types of a worker's global scope clash with those of a page, so the one event is named here.
addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  const receive = hub.attach((message) => port.postMessage(message));
  port.addEventListener("message", (message) => receive(message.data));
  port.start();
});
