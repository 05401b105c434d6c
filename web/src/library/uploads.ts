import i18next from "i18next";
import { create } from "zustand";
import { newKey } from "~/api/client";
import { keys } from "~/api/keys";
import { Problem } from "~/api/problem";
import { queryClient } from "~/api/query-client";
import type { Config, Receipt } from "~/api/types";
import { toast } from "~/ui/Toast";
import { send } from "./send";

/** A file on its way to the server. It leaves the list once the server has taken it: then it is a document. */
export interface Upload {
  id: number;
  file: File;
  sent: number;
  error: Problem | null;
}

export const useUploads = create<{ uploads: Upload[] }>(() => ({ uploads: [] }));

const atOnce = 2;
const running = new Map<number, AbortController>();
const files = new Map<string, File>();
let last = 0;

/** Starts uploading files, a few at a time; the rest wait their turn. */
export function uploadFiles(chosen: File[]): void {
  const added = chosen.map((file) => ({ id: ++last, file, sent: 0, error: check(file) }));
  useUploads.setState(({ uploads }) => ({ uploads: [...uploads, ...added] }));
  next();
}

export function cancelUpload(id: number): void {
  running.get(id)?.abort();
  running.delete(id);
  remove(id);
  next();
}

export function retryUpload(id: number): void {
  change(id, { error: null, sent: 0 });
  next();
}

/** The file a document was made of, while this page still has it: what a retry sends again. */
export function fileOf(documentId: string): File | undefined {
  return files.get(documentId);
}

function check(file: File): Problem | null {
  const config = queryClient.getQueryData<Config>(keys.config);
  if (file.size === 0) return new Problem(422, "empty_file", "");
  if (config !== undefined && file.size > config.max_upload_bytes) return new Problem(413, "too_large", "");
  return null;
}

function next(): void {
  const waiting = useUploads.getState().uploads.filter(({ id, error }) => error === null && !running.has(id));
  for (const upload of waiting.slice(0, Math.max(0, atOnce - running.size))) void run(upload);
}

async function run({ id, file }: Upload): Promise<void> {
  const control = new AbortController();
  running.set(id, control);
  try {
    const receipt = await send(file, newKey(), control.signal, (sent) => change(id, { sent }));
    taken(receipt, file);
    remove(id);
  } catch (error) {
    if (control.signal.aborted) return;
    change(id, { error: error instanceof Problem ? error : Problem.offline() });
  } finally {
    running.delete(id);
    next();
  }
}

function taken(receipt: Receipt, file: File): void {
  if (receipt.document_id !== null) files.set(receipt.document_id, file);
  if (!location.pathname.startsWith("/app/library")) toast(i18next.t("library.added", { name: file.name }));
  void queryClient.invalidateQueries({ queryKey: keys.documents });
}

function change(id: number, fields: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({
    uploads: uploads.map((upload) => (upload.id === id ? { ...upload, ...fields } : upload)),
  }));
}

function remove(id: number): void {
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.id !== id) }));
}
