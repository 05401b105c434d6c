import { ArrowUp, BookOpenText, ListPlus, Paperclip, Square } from "lucide-react";
import { type KeyboardEvent, useId, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "~/api/use-config";
import { uploadFiles } from "~/library/uploads";
import { Button, IconButton } from "~/ui/Button";
import { isPlainEnter } from "~/ui/plain-enter";
import { Switch } from "~/ui/Switch";
import { Attachments } from "./Attachments";
import { setGrounding, useAsked, useDraft, useGrounding } from "./drafts";

interface Props {
  /** Whose draft this is: a session's id, or "new". */
  place: string;
  /** True while the session answers: what is sent now waits behind it. */
  busy: boolean;
  stopping: boolean;
  onSend(content: string, useLibrary: boolean): void;
  onStop(): void;
}

const tallest = 240;

export function Composer({ place, busy, stopping, onSend, onStop }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useDraft(place);
  const grounded = useGrounding(({ on }) => on);
  const asked = useAsked();
  const seen = useRef(asked);
  const excess = useExcess(text);
  const area = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(tallest, element.scrollHeight)}px`;
  }, [text, place]);

  useLayoutEffect(() => {
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [place]);

  useLayoutEffect(() => {
    if (asked !== seen.current) area.current?.focus();
    seen.current = asked;
  }, [asked]);

  function send(): void {
    if (text.trim() === "" || excess > 0) return;
    onSend(text, grounded);
    setText("");
    area.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isPlainEnter(event)) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      aria-label={t("chat.message")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="rounded-2xl border border-line bg-surface shadow-float transition-colors focus-within:border-accent"
    >
      <Attachments />
      <textarea
        ref={area}
        rows={1}
        value={text}
        aria-label={t("chat.message")}
        aria-describedby={excess > 0 ? noteId : undefined}
        aria-invalid={excess > 0}
        placeholder={busy ? t("chat.placeholderQueued") : t("chat.placeholder")}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="block w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base outline-none md:text-[0.9375rem]"
      />
      {excess > 0 && (
        <p id={noteId} role="alert" className="px-4 text-sm text-danger">
          {t("chat.tooLong", { count: excess })}
        </p>
      )}
      <div className="flex items-center gap-1 p-2">
        <AttachButton />
        <Switch
          checked={grounded}
          onChange={setGrounding}
          icon={<BookOpenText size={16} aria-hidden />}
          label={t("chat.useLibrary")}
        />
        <span className="flex-1" />
        {busy && (
          <Button size="small" onClick={onStop} disabled={stopping}>
            <Square size={12} className="fill-current" aria-hidden />
            {stopping ? t("chat.stopping") : t("chat.stop")}
          </Button>
        )}
        <IconButton
          type="submit"
          kind="primary"
          label={busy ? t("chat.queueMessage") : t("chat.send")}
          disabled={text.trim() === "" || excess > 0}
          className="rounded-xl"
        >
          {busy ? <ListPlus size={18} aria-hidden /> : <ArrowUp size={18} aria-hidden />}
        </IconButton>
      </div>
    </form>
  );
}

function AttachButton() {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          uploadFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <IconButton label={t("chat.attach")} onClick={() => input.current?.click()}>
        <Paperclip size={17} aria-hidden />
      </IconButton>
    </>
  );
}

/** By how many characters, counted as the server does, the text is over the limit. */
function useExcess(text: string): number {
  const { data: config } = useConfig();
  if (config === undefined || text.length <= config.max_message_chars) return 0;
  return Math.max(0, [...text].length - config.max_message_chars);
}
