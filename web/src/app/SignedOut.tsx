import { LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";

export function SignedOut() {
  const { t } = useTranslation();
  return (
    <main className="flex h-full flex-col justify-center">
      <Empty icon={<LogIn size={32} aria-hidden />} title={t("link.signedOut")} hint={t("link.signedOutHint")}>
        <Button kind="primary" onClick={() => location.reload()}>
          {t("link.reload")}
        </Button>
      </Empty>
    </main>
  );
}
