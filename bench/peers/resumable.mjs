// resumable-stream from npm, as two processes: `producer` makes streams, `server PORT` lets clients follow them.
// A request to the producer is a line of JSON, {name, streams, rate, until}, or {name, streams, events} and silence.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createResumableStreamContext } from "resumable-stream/redis";

const context = createResumableStreamContext({ waitUntil: (promise) => void promise.catch(() => undefined) });
const task = "9b1f8f6a-6f0c-4a0e-8c55-7a1f0d6f5c21";
const now = () => Number(process.hrtime.bigint());

function frame(number) {
  const text = ` word @${process.hrtime.bigint()}.${number}@`;
  const data = JSON.stringify({ task_id: task, seq: number, attempt: 1, text, channel: "text" });
  return `id: ${number}\nevent: task.delta\ndata: ${data}\n\n`;
}

async function pace(controller, { rate, until }, phase) {
  const period = 1e9 / rate;
  let due = (Math.floor(now() / period) + 1 + phase) * period;
  for (let number = 0; due < until; number += 1, due += period) {
    await sleep(Math.max(0, (due - now()) / 1e6));
    controller.enqueue(frame(number));
  }
  controller.close();
}

function source(request, phase) {
  return new ReadableStream({
    async start(controller) {
      if (request.events === undefined) return void pace(controller, request, phase);
      for (let number = 0; number < request.events; number += 1) controller.enqueue(frame(number));
    },
  });
}

async function drain(stream) {
  for await (const piece of stream) void piece;
}

async function produce(request) {
  const names = [];
  for (let number = 0; number < request.streams; number += 1) {
    const name = `${request.name}-${number}-${process.hrtime.bigint()}`;
    const phase = (number + 0.5) / request.streams;
    void drain(await context.createNewResumableStream(name, () => source(request, phase)));
    names.push(name);
  }
  process.stdout.write(`${JSON.stringify({ streams: names })}\n`);
}

async function follow(request, response) {
  const stream = await context.resumeExistingStream(request.url.slice("/stream/".length));
  response.writeHead(stream ? 200 : 404, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  if (stream) for await (const piece of stream) response.write(piece);
  response.end();
}

if (process.argv[2] === "producer") {
  createInterface({ input: process.stdin }).on("line", (line) => void produce(JSON.parse(line)));
} else {
  const server = createServer((request, response) => {
    follow(request, response).catch(() => response.destroy());
  });
  server.listen({ host: "127.0.0.1", port: Number(process.argv[3]), backlog: 2048 });
}
