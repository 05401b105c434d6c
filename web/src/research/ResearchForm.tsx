import { BookOpenText, Globe } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { useErrorText } from "~/api/error-text";
import { useConfig } from "~/api/use-config";
import { useDraft } from "~/chat/drafts";
import { Button } from "~/ui/Button";
import { Segmented } from "~/ui/Segmented";
import { type Question, useStartResearch } from "./queries";

type Source = Question["sources"][number];

export function ResearchForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const { data: config } = useConfig();
  const earlier = useLocation().state as Partial<Question> | null;
  const start = useStartResearch();
  const [topic, setTopic] = useDraft("research");
  const [sources, setSources] = useState<Source[]>(earlier?.sources ?? ["library"]);
  const [depth, setDepth] = useState(String(earlier?.depth ?? 2));
  const missing = topic.trim() === "" || sources.length === 0;

  function toggle(source: Source): void {
    setSources(sources.includes(source) ? sources.filter((other) => other !== source) : [...sources, source]);
  }

  return (
    <form
      className="rounded-2xl border border-line bg-surface p-4 shadow-float md:p-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing) return;
        start.mutate(
          { topic: topic.trim(), sources, depth: Number(depth) },
          {
            onSuccess(receipt) {
              setTopic("");
              void navigate(`/app/research/${receipt.task_id}`);
            },
          },
        );
      }}
    >
      <label className="block font-medium" htmlFor="topic">
        {t("research.topic")}
      </label>
      <textarea
        id="topic"
        rows={3}
        value={topic}
        maxLength={config?.max_message_chars}
        placeholder={t("research.placeholder")}
        onChange={(event) => setTopic(event.target.value)}
        className="mt-2 block min-h-24 w-full resize-y field-sizing-content max-h-72 rounded-xl border border-line bg-canvas px-3.5 py-2.5 text-base outline-none focus:border-accent md:text-[0.9375rem]"
      />
      <div className="mt-4 flex flex-wrap items-end gap-x-6 gap-y-4">
        <fieldset>
          <legend className="mb-1.5 text-[0.8125rem] text-muted">{t("research.sources")}</legend>
          <div className="flex gap-2">
            <Choice icon={<BookOpenText size={16} aria-hidden />} on={sources.includes("library")} onToggle={() => toggle("library")}>
              {t("research.library")}
            </Choice>
            {config?.web_search === true && (
              <Choice icon={<Globe size={16} aria-hidden />} on={sources.includes("web")} onToggle={() => toggle("web")}>
                {t("research.web")}
              </Choice>
            )}
          </div>
        </fieldset>
        <Segmented
          legend={t("research.depth")}
          value={depth}
          onChange={setDepth}
          options={[
            ["1", t("research.depth1")],
            ["2", t("research.depth2")],
            ["3", t("research.depth3")],
          ]}
        />
        <Button type="submit" kind="primary" className="ml-auto" disabled={missing || start.isPending}>
          {t("research.start")}
        </Button>
      </div>
      {sources.length === 0 && <p className="mt-3 text-sm text-danger">{t("research.pickSource")}</p>}
      {start.isError && (
        <p role="alert" className="mt-3 text-sm text-danger">
          {errorText(start.error)}
        </p>
      )}
    </form>
  );
}

interface ChoiceProps {
  icon: ReactNode;
  on: boolean;
  onToggle(): void;
  children: ReactNode;
}

function Choice({ icon, on, onToggle, children }: ChoiceProps) {
  return (
    <label className="flex h-10 items-center gap-2 rounded-lg border border-line px-3 text-sm transition-colors has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
      <input type="checkbox" checked={on} onChange={onToggle} className="accent-accent" />
      {icon}
      {children}
    </label>
  );
}
