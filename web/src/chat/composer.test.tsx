import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import { Composer } from "./Composer";
import { setDraft } from "./drafts";

const onSend = vi.fn();
const onStop = vi.fn();

function show(busy = false) {
  render(
    <QueryClientProvider client={queryClient}>
      <Composer place="test" busy={busy} stopping={false} onSend={onSend} onStop={onStop} />
    </QueryClientProvider>,
  );
  return screen.getByRole<HTMLTextAreaElement>("textbox");
}

describe("Composer", () => {
  beforeEach(async () => {
    await i18next.changeLanguage("en");
    queryClient.setQueryData(keys.config, { max_message_chars: 20, max_upload_bytes: 10 });
    setDraft("test", "");
    vi.clearAllMocks();
  });

  it("sends by Enter and empties itself", () => {
    const box = show();
    fireEvent.change(box, { target: { value: "hello" } });
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onSend).toHaveBeenCalledExactlyOnceWith("hello", true);
    expect(box.value).toBe("");
  });

  it.each([
    ["while an input method composes", { key: "Enter", isComposing: true }],
    ["when Safari reports the Enter that closes a composition", { key: "Enter", keyCode: 229 }],
    ["with Shift", { key: "Enter", shiftKey: true }],
  ])("does not send %s", (_, key) => {
    const box = show();
    fireEvent.change(box, { target: { value: "你好" } });
    const passed = fireEvent.keyDown(box, key);
    expect(onSend).not.toHaveBeenCalled();
    expect(passed).toBe(true);
  });

  it("sends nothing that is empty or too long, counted by character", () => {
    const box = show();
    fireEvent.change(box, { target: { value: "  \n" } });
    fireEvent.keyDown(box, { key: "Enter" });
    fireEvent.change(box, { target: { value: "🌊".repeat(21) } });
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toContain("1");
    fireEvent.change(box, { target: { value: "🌊".repeat(20) } });
    fireEvent.keyDown(box, { key: "Enter" });
    expect(onSend).toHaveBeenCalledOnce();
  });

  it("stays open while the session answers: Stop beside it, and sending queues", () => {
    const box = show(true);
    expect(box.disabled).toBe(false);
    fireEvent.change(box, { target: { value: "next" } });
    fireEvent.click(screen.getByRole("button", { name: "Queue message" }));
    expect(onSend).toHaveBeenCalledOnce();
    fireEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(onStop).toHaveBeenCalledOnce();
  });

  it("keeps what was typed when it goes away", () => {
    fireEvent.change(show(), { target: { value: "half a thou" } });
    expect(localStorage.getItem("sluice.drafts")).toContain("half a thou");
  });
});
