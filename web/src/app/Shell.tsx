import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { isProblem } from "~/api/problem";
import { useConfig } from "~/api/use-config";
import { useLive } from "~/hub/store";
import { PassageSheet } from "~/library/PassageSheet";
import { setQueueOpen, useQueueOpen } from "~/queue/open";
import { QueuePanel } from "~/queue/QueuePanel";
import { Dialog } from "~/ui/Dialog";
import { Loading } from "~/ui/Empty";
import { Toasts } from "~/ui/Toast";
import { ErrorBoundary } from "./ErrorBoundary";
import { LinkBanner } from "./LinkBanner";
import { LiveRegion } from "./live-region";
import { Sidebar } from "./Sidebar";
import { SignedOut } from "./SignedOut";
import { TopBar } from "./TopBar";
import { useTabTitle } from "./use-tab-title";
import { useWidth } from "./use-width";

/** The frame of every page: the sidebar, the page under its bar, and the queue beside or over it. */
export function Shell() {
  const { t } = useTranslation();
  const [navigation, setNavigation] = useState(false);
  const queueOpen = useQueueOpen((state) => state.open);
  const { error } = useConfig();
  const signedOut = useLive(({ link }) => link === "signed-out");
  const { pathname } = useLocation();
  const medium = useWidth("48rem");
  const wide = useWidth("73.75rem");
  useTabTitle();
  const closeQueue = () => setQueueOpen(false);

  if (signedOut || (isProblem(error) && error.status === 401)) return <SignedOut />;
  return (
    <div className="flex h-full">
      <a
        href="#main"
        className="sr-only rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-50"
      >
        {t("app.skip")}
      </a>
      {medium && (
        <div className="w-[16.5rem] shrink-0 border-r border-line">
          <Sidebar onNavigate={() => {}} />
        </div>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onMenu={medium ? undefined : () => setNavigation(true)} />
        <LinkBanner />
        <main id="main" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
          <ErrorBoundary resetKey={pathname}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      {queueOpen && wide && (
        <aside aria-label={t("queue.title")} className="w-[20rem] shrink-0 border-l border-line bg-surface">
          <QueuePanel onClose={closeQueue} />
        </aside>
      )}
      {queueOpen && !wide && (
        <Dialog bare title={t("queue.title")} place="right" onClose={closeQueue}>
          <QueuePanel onClose={closeQueue} />
        </Dialog>
      )}
      {navigation && !medium && (
        <Dialog bare title={t("app.main")} place="left" onClose={() => setNavigation(false)}>
          <Sidebar onNavigate={() => setNavigation(false)} />
        </Dialog>
      )}
      <PassageSheet />
      <Toasts />
      <LiveRegion />
    </div>
  );
}
