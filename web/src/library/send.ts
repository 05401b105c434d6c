import { Problem } from "~/api/problem";
import type { Receipt } from "~/api/types";

/** Sends one file by XMLHttpRequest, the only way a page is told how much has gone out. `onSent`: from 0 to 1. */
export function send(file: File, key: string, signal: AbortSignal, onSent: (sent: number) => void): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name);
    request.open("POST", "/documents");
    request.setRequestHeader("Idempotency-Key", key);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Receipt);
      else reject(Problem.from(request.status, request.response));
    });
    request.addEventListener("error", () => reject(Problem.offline()));
    request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}
