import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import type { Session } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { useRenameSession } from "./queries";

export function RenameDialog({ session, onClose }: { session: Session; onClose(): void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(session.title ?? "");
  const rename = useRenameSession();
  const errorText = useErrorText();
  return (
    <Dialog title={t("sessions.renameTitle")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ id: session.id, title: title.trim() }, { onSuccess: onClose });
        }}
      >
        <input
          data-autofocus
          value={title}
          maxLength={200}
          aria-label={t("sessions.name")}
          onChange={(event) => setTitle(event.target.value)}
          onFocus={(event) => event.target.select()}
          className="h-11 w-full rounded-lg border border-line-strong bg-surface px-3 text-base outline-none focus:border-accent"
        />
        {rename.isError && (
          <p role="alert" className="mt-2 text-sm text-danger">
            {errorText(rename.error)}
          </p>
        )}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" kind="primary" disabled={title.trim() === "" || rename.isPending}>
            {t("app.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
