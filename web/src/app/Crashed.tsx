import { useTranslation } from "react-i18next";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";

/** What stands in place of a page that threw while it rendered. */
export function Crashed() {
  const { t } = useTranslation();
  return (
    <div role="alert" className="flex h-full flex-1 flex-col justify-center">
      <Empty title={t("errors.crashed")} hint={t("errors.crashedHint")}>
        <Button kind="primary" onClick={() => location.reload()}>
          {t("link.reload")}
        </Button>
      </Empty>
    </div>
  );
}
