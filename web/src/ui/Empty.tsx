import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "~/api/error-text";
import { Button } from "./Button";
import { Spinner } from "./Spinner";

interface Props {
  icon?: ReactNode;
  title: string;
  hint?: string;
  children?: ReactNode;
}

export function Empty({ icon, title, hint, children }: Props) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      {icon !== undefined && <div className="mb-3 text-line-strong">{icon}</div>}
      <p className="font-medium">{title}</p>
      {hint !== undefined && <p className="mt-1 max-w-sm text-sm text-muted">{hint}</p>}
      {children !== undefined && <div className="mt-5">{children}</div>}
    </div>
  );
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="flex justify-center py-12">
      <Spinner label={t("app.loading")} size={20} />
    </div>
  );
}

export function LoadError({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  return (
    <div role="alert">
      <Empty title={t("errors.title")} hint={text(error)}>
        <Button onClick={onRetry}>{t("app.retry")}</Button>
      </Empty>
    </div>
  );
}
