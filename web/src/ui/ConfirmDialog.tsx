import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  text: string;
  confirm: string;
  onConfirm(): void;
  onClose(): void;
}

export function ConfirmDialog({ title, text, confirm, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-muted">{text}</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button data-autofocus onClick={onClose}>{t("app.cancel")}</Button>
        <Button
          kind="danger"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
