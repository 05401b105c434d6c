import { ExternalLink, FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatLocator } from "~/i18n/format";
import { Dialog } from "~/ui/Dialog";
import { closePassage, type Passage, usePassage } from "./open-passage";

/** The cited passage, at the right: what it says, where it stands, and the way to its document or page. */
export function PassageSheet() {
  const { t } = useTranslation();
  const passage = usePassage((state) => state.passage);
  if (passage === null) return null;
  const place = formatLocator(passage.locator, t);
  return (
    <Dialog
      title={passage.n === undefined ? t("library.passage") : t("citation.source", { n: passage.n })}
      place="right"
      onClose={closePassage}
    >
      <h3 className="text-lg leading-snug font-semibold">{passage.title}</h3>
      {place !== "" && <p className="mt-1 text-sm text-muted">{place}</p>}
      <blockquote className="mt-4 border-l-2 border-accent-line pl-4 whitespace-pre-wrap">{passage.passage}</blockquote>
      <Source passage={passage} />
    </Dialog>
  );
}

const link = "mt-5 inline-flex min-h-10 items-center gap-2 text-sm font-medium text-accent hover:underline";

function Source({ passage: { document_id: documentId, url } }: { passage: Passage }) {
  const { t } = useTranslation();
  if (url && /^https?:\/\//i.test(url)) {
    return (
      <a href={url} target="_blank" rel="noopener noreferrer" className={link}>
        <ExternalLink size={16} aria-hidden />
        {t("library.openPage")}
      </a>
    );
  }
  if (!documentId) return null;
  return (
    <Link to={`/app/library?document=${documentId}`} onClick={closePassage} className={link}>
      <FileText size={16} aria-hidden />
      {t("library.inLibrary")}
    </Link>
  );
}
