import { clsx } from "clsx";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";

interface Props {
  title: string;
  onClose(): void;
  children: ReactNode;
  /** In the middle, or a sheet along one side. */
  place?: "middle" | "left" | "right";
  /** Sheets that bring their own heading show none here. */
  bare?: boolean;
}

const places = {
  middle: "m-auto w-[min(30rem,calc(100vw-2rem))] rounded-2xl animate-rise max-h-[85dvh]",
  left: "mr-auto ml-0 h-dvh max-h-dvh w-[min(19rem,88vw)] animate-slide-left",
  right: "ml-auto mr-0 h-dvh max-h-dvh w-[min(26rem,100vw)] animate-slide-right",
};

/**
 * A modal dialog, open for as long as it is rendered. The browser's own element keeps the focus inside, closes on
 * Escape and makes the rest inert, without adding style elements that a strict CSP would refuse. The focus begins at
 * what is marked `data-autofocus`, and goes back to where it was.
 */
export function Dialog({ title, onClose, children, place = "middle", bare = false }: Props) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    if (dialog !== null && !dialog.open) dialog.showModal();
    dialog?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      aria-labelledby={bare ? undefined : titleId}
      aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={clsx("flex-col overflow-hidden bg-surface p-0 shadow-float open:flex", places[place])}
    >
      {!bare && (
        <header className="flex items-center gap-3 py-3 pr-3 pl-5">
          <h2 id={titleId} className="min-w-0 flex-1 text-base font-semibold">
            {title}
          </h2>
          <IconButton label={t("app.close")} onClick={onClose}>
            <X size={18} aria-hidden />
          </IconButton>
        </header>
      )}
      <div className={clsx("min-h-0 flex-1 overflow-y-auto", !bare && "px-5 pb-5")}>{children}</div>
    </dialog>
  );
}
