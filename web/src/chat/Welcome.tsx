import { FileText, Telescope } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useErrorText } from "~/api/error-text";
import { keys } from "~/api/keys";
import { queryClient } from "~/api/query-client";
import { PageTitle } from "~/app/PageTitle";
import { keepSession } from "~/sessions/queries";
import { toast } from "~/ui/Toast";
import { Composer } from "./Composer";
import { editDraft, setDraft } from "./drafts";
import { NoModel } from "./NoModel";
import { useNewSession, useSendMessage } from "./queries";

const examples = ["example1", "example2", "example3"] as const;
const card =
  "flex items-start gap-3 rounded-2xl border border-line bg-surface p-4 text-left transition-colors hover:border-accent-line hover:bg-hover";

/** The first page: one sentence, three examples, and where documents go. */
export function Welcome() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const newSession = useNewSession();
  const send = useSendMessage();
  const [starting, setStarting] = useState(false);

  async function submit(content: string, useLibrary: boolean): Promise<void> {
    if (starting) return;
    setStarting(true);
    let place = "new";
    try {
      const session = await newSession.mutateAsync();
      place = session.id;
      keepSession(session);
      queryClient.setQueryData(keys.turns(session.id), { pages: [{ items: [], next_cursor: null }], pageParams: [undefined] });
      await send.mutateAsync({ sessionId: session.id, content, useLibrary });
    } catch (error) {
      setDraft(place, content);
      toast(errorText(error), { bad: true });
    } finally {
      if (place !== "new") void navigate(`/app/chat/${place}`);
      setStarting(false);
    }
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <PageTitle>{t("sessions.new")}</PageTitle>
      <div className="mx-auto my-auto w-full max-w-[46rem] px-4 py-8 md:px-6">
        <h2 className="text-[1.75rem] leading-tight font-semibold tracking-tight text-balance md:text-[2rem]">
          {t("welcome.title")}
        </h2>
        <p className="mt-2 mb-7 max-w-[36rem] text-muted text-pretty">{t("welcome.lead")}</p>
        <Composer place="new" busy={false} stopping={false} onSend={(...message) => void submit(...message)} onStop={() => {}} />
        <ul className="mt-4 flex flex-wrap gap-2">
          {examples.map((example) => (
            <li key={example}>
              <button
                type="button"
                className="min-h-10 rounded-full border border-line px-4 py-1.5 text-left text-sm text-muted transition-colors hover:border-accent-line hover:bg-surface hover:text-ink"
                onClick={() => editDraft("new", t(`welcome.${example}`))}
              >
                {t(`welcome.${example}`)}
              </button>
            </li>
          ))}
        </ul>
        <div className="mt-8 grid gap-3 sm:grid-cols-2">
          <Link to="/app/library" className={card}>
            <FileText size={20} className="mt-0.5 shrink-0 text-accent" aria-hidden />
            <span>
              <span className="block font-medium">{t("welcome.addDocuments")}</span>
              <span className="block text-sm text-muted">{t("welcome.addDocumentsHint")}</span>
            </span>
          </Link>
          <Link to="/app/research" className={card}>
            <Telescope size={20} className="mt-0.5 shrink-0 text-accent" aria-hidden />
            <span>
              <span className="block font-medium">{t("welcome.startResearch")}</span>
              <span className="block text-sm text-muted">{t("welcome.startResearchHint")}</span>
            </span>
          </Link>
        </div>
        <NoModel />
      </div>
    </div>
  );
}
