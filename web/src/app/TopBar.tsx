import { Menu as MenuIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { QueueButton } from "~/queue/QueueButton";
import { IconButton } from "~/ui/Button";
import { usePageTitle } from "./PageTitle";

export function TopBar({ onMenu }: { onMenu: (() => void) | undefined }) {
  const { t } = useTranslation();
  const title = usePageTitle((page) => page.title);
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line px-2 md:pr-4 md:pl-6">
      {onMenu !== undefined && (
        <IconButton label={t("app.menu")} onClick={onMenu}>
          <MenuIcon size={20} aria-hidden />
        </IconButton>
      )}
      <h1 className="min-w-0 flex-1 truncate text-[0.9375rem] font-medium">{title}</h1>
      <QueueButton />
    </header>
  );
}
