import { clsx } from "clsx";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useMatch, useNavigate } from "react-router";
import { useErrorText } from "~/api/error-text";
import type { Session } from "~/api/types";
import { ConfirmDialog } from "~/ui/ConfirmDialog";
import { IconButton } from "~/ui/Button";
import { Menu, MenuItem } from "~/ui/Menu";
import { Spinner, Waiting } from "~/ui/Spinner";
import { toast } from "~/ui/Toast";
import { useDeleteSession } from "./queries";
import { RenameDialog } from "./RenameDialog";
import { useUnread } from "./unread";

interface Props {
  session: Session;
  /** What was searched for; then the words around it are shown, too. */
  wanted?: string;
  onNavigate(): void;
}

export function SessionRow({ session, wanted = "", onNavigate }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const here = useMatch(`/app/chat/${session.id}`) !== null;
  const remove = useDeleteSession();
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const title = session.title ?? t("sessions.untitled");

  return (
    <li className="group relative flex items-center">
      <NavLink
        to={`/app/chat/${session.id}`}
        onClick={onNavigate}
        className={clsx(
          "flex min-h-10 min-w-0 flex-1 items-center gap-2 rounded-lg py-1.5 pr-10 pl-3 text-sm transition-colors md:min-h-9 md:pr-3 md:group-focus-within:pr-9 md:group-hover:pr-9",
          here ? "bg-accent-soft font-medium" : "hover:bg-hover",
        )}
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate">{title}</span>
          {session.excerpt && (
            <span className="block truncate text-xs font-normal text-muted">
              <Excerpt text={session.excerpt} wanted={wanted} />
            </span>
          )}
        </span>
        <Mark session={session} />
      </NavLink>
      <span className="absolute right-0.5 opacity-100 transition-opacity focus-within:opacity-100 group-hover:opacity-100 has-aria-expanded:opacity-100 md:opacity-0">
        <Menu
          trigger={(props) => (
            <IconButton label={t("sessions.actions", { title })} {...props}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          )}
        >
          <MenuItem icon={<Pencil size={15} aria-hidden />} onSelect={() => setDialog("rename")}>
            {t("sessions.rename")}
          </MenuItem>
          <MenuItem danger icon={<Trash2 size={15} aria-hidden />} onSelect={() => setDialog("delete")}>
            {t("app.delete")}
          </MenuItem>
        </Menu>
      </span>
      {dialog === "rename" && <RenameDialog session={session} onClose={() => setDialog(null)} />}
      {dialog === "delete" && (
        <ConfirmDialog
          title={t("sessions.deleteTitle")}
          text={t("sessions.deleteText", { title })}
          confirm={t("app.delete")}
          onClose={() => setDialog(null)}
          onConfirm={() => {
            if (here) void navigate("/app");
            remove.mutate(session.id, { onError: (error) => toast(errorText(error), { bad: true }) });
          }}
        />
      )}
    </li>
  );
}

function Excerpt({ text, wanted }: { text: string; wanted: string }) {
  const at = text.toLocaleLowerCase().indexOf(wanted.toLocaleLowerCase());
  if (wanted === "" || at < 0) return text;
  return (
    <>
      {at > 14 ? `…${text.slice(at - 12, at)}` : text.slice(0, at)}
      <mark className="rounded-sm bg-mark text-ink">{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  );
}

/** A spinner while the session runs, an hourglass while it waits, then a dot until the answer was seen. */
function Mark({ session }: { session: Session }) {
  const { t } = useTranslation();
  const unread = useUnread(({ ids }) => ids.includes(session.id));
  if (session.active_task_id !== null) return <Spinner label={t("sessions.running")} size={15} />;
  if (session.queued_count > 0) return <Waiting label={t("sessions.waiting")} size={15} />;
  if (!unread) return null;
  return <span role="img" aria-label={t("sessions.unread")} className="size-2 shrink-0 rounded-full bg-accent" />;
}
