import { FileStack } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Button } from "~/ui/Button";
import { Empty, Loading, LoadError } from "~/ui/Empty";
import { DocumentRow } from "./DocumentRow";
import { useDocuments } from "./queries";
import { UploadRow } from "./UploadRow";
import { useUploads } from "./uploads";

export function DocumentList() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const uploads = useUploads((state) => state.uploads);
  const documents = useDocuments();
  const all = documents.data?.pages.flatMap((page) => page.items) ?? [];

  if (documents.isPending) return <Loading />;
  if (documents.isError && all.length === 0) {
    return <LoadError error={documents.error} onRetry={() => void documents.refetch()} />;
  }
  if (all.length === 0 && uploads.length === 0) {
    return <Empty icon={<FileStack size={32} aria-hidden />} title={t("library.none")} hint={t("library.noneHint")} />;
  }
  return (
    <section aria-label={t("library.title")} className="mt-3">
      <ul className="divide-y divide-line">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
        {all.map((document) => (
          <DocumentRow key={document.id} document={document} wanted={params.get("document") === document.id} />
        ))}
      </ul>
      {documents.hasNextPage && (
        <Button kind="quiet" size="small" className="mt-2" onClick={() => void documents.fetchNextPage()}>
          {t("app.showMore")}
        </Button>
      )}
    </section>
  );
}
