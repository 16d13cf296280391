/** What the shop's corner of a show consists of besides its cards, on air and in a replay. */

import type { ComponentChildren } from "preact";

import { CheckoutSheet } from "../../components/CheckoutSheet";
import { Sheet } from "../../components/Sheet";
import { BagIcon, CloseIcon } from "../../components/icons";
import { t } from "../../i18n";
import { go } from "../../navigation";
import { bagCount } from "../../state/bag";
import type { Buying } from "./useBuying";

/** Why a tap on "Buy" did not hold the piece. */
export function Refusal({ buying }: { buying: Buying }) {
  if (!buying.refusal) return null;
  return (
    <p class="show__refusal" role="alert" data-testid="hold-refused">
      <span>{buying.refusal}</span>
      <button type="button" aria-label={t("Close")} onClick={buying.dismiss}>
        <CloseIcon size={18} />
      </button>
    </p>
  );
}

export function BagButton({ buying }: { buying: Buying }) {
  return (
    <button type="button" class="show__bag" data-testid="bag" onClick={() => (bagCount.value > 0 ? buying.pay(null) : go("/cart"))}>
      <BagIcon size={20} /> {t("Bag")}
      {bagCount.value > 0 && <b class="show__bag-count">{bagCount.value}</b>}
    </button>
  );
}

interface SideProps {
  wide: boolean;
  title: string;
  open: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** A list of pieces: a column where there is room, else a sheet. */
export function SideList({ wide, title, open, onClose, children }: SideProps) {
  if (wide) {
    return (
      <aside class="show__lineup" aria-label={title}>
        <h2>{title}</h2>
        {children}
      </aside>
    );
  }
  return (
    <Sheet open={open} onClose={onClose} title={title}>
      {children}
    </Sheet>
  );
}

/** `onChange`: after paying, or having thought better of it. */
export function Paying({ buying, onChange = () => undefined }: { buying: Buying; onChange?: () => void }) {
  return (
    <CheckoutSheet
      open={buying.paying !== null}
      holdIds={buying.paying ?? []}
      onClose={() => {
        buying.closePay();
        onChange();
      }}
      onPaid={(order) => {
        buying.paid(order);
        onChange();
      }}
    />
  );
}
