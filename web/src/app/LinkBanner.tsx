import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { hub } from "~/hub/client";
import { useLive } from "~/hub/store";
import { Button } from "~/ui/Button";
import { Spinner } from "~/ui/Spinner";

/** Shorter breaks than this mend themselves before anybody could read of them. */
const patience = 700;

export function LinkBanner() {
  const { t } = useTranslation();
  const broken = useLive(({ link }) => link === "retrying");
  const [late, setLate] = useState(false);
  const shown = broken && late;
  useEffect(() => {
    if (!broken) return;
    const timer = setTimeout(() => setLate(true), patience);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [broken]);

  return (
    <div role="status">
      {shown && (
        <div className="flex items-center justify-center gap-3 border-b border-warn-line bg-warn-soft px-4 py-1 text-sm">
          <Spinner size={15} />
          <span>{t("link.retrying")}</span>
          <Button kind="quiet" size="small" onClick={() => hub.retry()}>
            {t("link.retryNow")}
          </Button>
        </div>
      )}
    </div>
  );
}
