import { BookMarked, SquarePen, Telescope } from "lucide-react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { SessionList } from "~/sessions/SessionList";
import { Logo } from "./Logo";
import { SettingsMenu } from "./SettingsMenu";

const row =
  "flex min-h-10 items-center gap-3 rounded-lg px-3 text-sm transition-colors md:min-h-9 [&.active]:bg-accent-soft [&.active]:font-medium hover:bg-hover";

/** New chat, research, library, and the chats. `onNavigate` closes it where it lies over the page. */
export function Sidebar({ onNavigate }: { onNavigate(): void }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("app.main")} className="flex h-full flex-col bg-sunken">
      <div className="flex h-14 shrink-0 items-center gap-2.5 px-5 font-semibold tracking-tight">
        <Logo />
        {t("app.name")}
      </div>
      <div className="px-2 pb-2">
        <NavLink to="/app" end className={row} onClick={onNavigate}>
          <SquarePen size={17} className="text-muted" aria-hidden />
          {t("sessions.new")}
        </NavLink>
        <NavLink to="/app/research" className={row} onClick={onNavigate}>
          <Telescope size={17} className="text-muted" aria-hidden />
          {t("app.research")}
        </NavLink>
        <NavLink to="/app/library" className={row} onClick={onNavigate}>
          <BookMarked size={17} className="text-muted" aria-hidden />
          {t("app.library")}
        </NavLink>
      </div>
      <SessionList onNavigate={onNavigate} />
      <div className="shrink-0 border-t border-line p-2">
        <SettingsMenu />
      </div>
    </nav>
  );
}
