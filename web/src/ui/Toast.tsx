import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { create } from "zustand";
import { Button, IconButton } from "./Button";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: { label: string; run(): void };
}

const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));
const shownFor = 7_000;
let last = 0;

function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((shown) => shown.id !== id) }));
}

/** A short message in the corner, told to screen readers too. At most three stand at a time. */
export function toast(text: string, options: { bad?: boolean; action?: Toast["action"] } = {}): void {
  const entry = { id: ++last, text, bad: options.bad ?? false, action: options.action };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, entry].slice(-3) }));
  setTimeout(() => dismiss(entry.id), shownFor);
}

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  return (
    <div role="status" className="pointer-events-none fixed right-4 bottom-4 left-4 z-50 flex flex-col items-end gap-2">
      {toasts.map(({ id, text, bad, action }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-sm animate-rise items-center gap-2 rounded-xl border border-line bg-surface py-1.5 pr-1.5 pl-4 text-sm shadow-float"
        >
          <span className={bad ? "text-danger" : ""}>{text}</span>
          {action !== undefined && (
            <Button
              kind="quiet"
              size="small"
              className="text-accent"
              onClick={() => {
                action.run();
                dismiss(id);
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton label={t("app.dismiss")} onClick={() => dismiss(id)}>
            <X size={16} aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
