import i18next from "i18next";
import { useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { isProblem } from "~/api/problem";
import { announce } from "~/app/live-region";
import { Button } from "~/ui/Button";
import { isPlainEnter } from "~/ui/plain-enter";
import { toast } from "~/ui/Toast";
import { type Edit, endEdit, giveBack, typeEdit, useEdit } from "./editing";
import { useEditTask } from "./queries";

interface Props {
  edit: Edit;
  field: "content" | "topic";
  label: string;
}

/** Other words for what still waits; it keeps its place in the line. */
export function EditWaiting({ edit, field, label }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const change = useEditTask();
  const area = useRef<HTMLTextAreaElement>(null);
  const empty = edit.text.trim() === "";

  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);
  useLayoutEffect(() => {
    if (area.current === null) return;
    area.current.style.height = "auto";
    area.current.style.height = `${Math.min(200, area.current.scrollHeight + 2)}px`;
  }, [edit.text]);

  function save(): void {
    if (empty || change.isPending) return;
    if (edit.text === edit.before) return endEdit();
    change.mutate(
      { taskId: edit.taskId, [field]: edit.text },
      {
        onSuccess() {
          endEdit();
          announce(t("edit.saved"));
        },
        onError(error) {
          if (isProblem(error, "not_waiting") || isProblem(error, "not_found")) giveBackAloud();
          else toast(errorText(error), { bad: true });
        },
      },
    );
  }

  return (
    <form
      className="min-w-0 flex-1 py-1"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={area}
        rows={1}
        value={edit.text}
        aria-label={label}
        onChange={(event) => typeEdit(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") endEdit();
          if (!isPlainEnter(event)) return;
          event.preventDefault();
          save();
        }}
        className="block w-full resize-none rounded-lg border border-line-strong bg-surface px-3 py-2 text-base outline-none focus:border-accent md:text-[0.9375rem]"
      />
      <div className="mt-1.5 flex items-center justify-end gap-1.5">
        <span className="min-w-0 flex-1 truncate text-xs text-muted">{t("edit.hint")}</span>
        <Button size="small" kind="quiet" onClick={endEdit}>
          {t("app.cancel")}
        </Button>
        <Button size="small" kind="primary" type="submit" disabled={empty || change.isPending}>
          {t("app.save")}
        </Button>
      </div>
    </form>
  );
}

/** Ends an edit that came too late, and says where its text is now. */
export function giveBackAloud(): void {
  const place = useEdit.getState().edit?.place;
  if (giveBack()) toast(i18next.t(place === "research" ? "edit.tooLateTopic" : "edit.tooLate"));
}
