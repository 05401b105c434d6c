import { Search, X } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { PageTitle } from "~/app/PageTitle";
import { IconButton } from "~/ui/Button";
import { DocumentList } from "./DocumentList";
import { Dropzone } from "./Dropzone";
import { SearchResults } from "./SearchResults";
import { useDebounced } from "./use-debounced";

export default function LibraryView() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(useDebounced(typed.trim(), 250));

  return (
    <div className="min-h-0 flex-1 overflow-y-auto" tabIndex={-1}>
      <PageTitle>{t("library.title")}</PageTitle>
      <div className="mx-auto max-w-[52rem] px-4 pt-6 pb-16 md:px-8 md:pt-9">
        <h2 className="text-2xl font-semibold tracking-tight">{t("library.title")}</h2>
        <p className="mt-1 mb-5 text-muted">{t("library.lead")}</p>
        <Dropzone />
        <form
          role="search"
          onSubmit={(event) => event.preventDefault()}
          className="mt-6 flex h-11 items-center gap-2.5 rounded-xl border border-line bg-surface pr-1 pl-3.5 focus-within:border-accent"
        >
          <Search size={17} className="shrink-0 text-muted" aria-hidden />
          <input
            type="search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            aria-label={t("library.search")}
            placeholder={t("library.search")}
            className="min-w-0 flex-1 bg-transparent text-base outline-none md:text-[0.9375rem] [&::-webkit-search-cancel-button]:hidden"
          />
          {typed !== "" && (
            <IconButton label={t("library.clearSearch")} onClick={() => setTyped("")}>
              <X size={16} aria-hidden />
            </IconButton>
          )}
        </form>
        {q === "" ? <DocumentList /> : <SearchResults q={q} />}
      </div>
    </div>
  );
}
