import { beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "~/api/keys";
import { Problem } from "~/api/problem";
import { queryClient } from "~/api/query-client";
import * as sending from "./send";
import { cancelUpload, fileOf, retryUpload, uploadFiles, useUploads } from "./uploads";

interface Call {
  file: File;
  signal: AbortSignal;
  onSent(sent: number): void;
  resolve(documentId: string): void;
  reject(error: unknown): void;
}

const calls: Call[] = [];
const file = (name: string, size = 3) => new File(["x".repeat(size)], name);
const rows = () => useUploads.getState().uploads.map((upload) => [upload.file.name, upload.error?.code ?? upload.sent]);

describe("uploads", () => {
  beforeEach(() => {
    calls.length = 0;
    useUploads.setState({ uploads: [] });
    queryClient.setQueryData(keys.config, { max_upload_bytes: 10 });
    vi.spyOn(sending, "send").mockImplementation(
      (sent, _, signal, onSent) =>
        new Promise((resolve, reject) => {
          const answer = (documentId: string) => resolve({ document_id: documentId } as Awaited<ReturnType<typeof sending.send>>);
          calls.push({ file: sent, signal, onSent, resolve: answer, reject });
        }),
    );
  });

  it("sends two at a time and tells how much has gone out", async () => {
    uploadFiles([file("a"), file("b"), file("c")]);
    expect(calls.map((call) => call.file.name)).toEqual(["a", "b"]);
    calls[0]?.onSent(0.5);
    expect(rows()).toEqual([["a", 0.5], ["b", 0], ["c", 0]]);
    calls[0]?.resolve("doc-a");
    await vi.waitFor(() => expect(calls).toHaveLength(3));
    expect(rows()).toEqual([["b", 0], ["c", 0]]);
    expect(fileOf("doc-a")?.name).toBe("a");
    for (const call of calls.slice(1)) call.resolve(call.file.name);
    await vi.waitFor(() => expect(rows()).toEqual([]));
  });

  it("does not send what is empty or too large", () => {
    uploadFiles([file("empty", 0), file("large", 11)]);
    expect(calls).toEqual([]);
    expect(rows()).toEqual([["empty", "empty_file"], ["large", "too_large"]]);
  });

  it("keeps a failed file with its reason, and sends it again when asked", async () => {
    uploadFiles([file("a")]);
    calls[0]?.reject(new Problem(415, "unsupported_type", ""));
    await vi.waitFor(() => expect(rows()).toEqual([["a", "unsupported_type"]]));
    const [upload] = useUploads.getState().uploads;
    retryUpload(upload?.id ?? 0);
    expect(calls).toHaveLength(2);
    calls[1]?.resolve("doc");
    await vi.waitFor(() => expect(rows()).toEqual([]));
  });

  it("stops one that is cancelled, and goes on with the next", async () => {
    uploadFiles([file("a"), file("b"), file("c")]);
    const [upload] = useUploads.getState().uploads;
    cancelUpload(upload?.id ?? 0);
    expect(calls[0]?.signal.aborted).toBe(true);
    calls[0]?.reject(new DOMException("aborted", "AbortError"));
    await vi.waitFor(() => expect(calls.map((call) => call.file.name)).toEqual(["a", "b", "c"]));
    expect(rows().map(([name]) => name)).toEqual(["b", "c"]);
    for (const call of calls.slice(1)) call.resolve(call.file.name);
    await vi.waitFor(() => expect(rows()).toEqual([]));
  });
});
