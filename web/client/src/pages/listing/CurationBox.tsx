import { useState } from "preact/hooks";
import { sentence, type Listing } from "../../api";
import { commerce } from "../../api/commerce";
import { Button } from "../../components/Button";
import { Field, FormProblem, TextArea } from "../../components/Field";
import { Sheet } from "../../components/Sheet";
import { ShowChoice, showsAhead } from "../../components/ShowChoice";
import { t } from "../../i18n";
import { useLoad } from "../../state/load";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";

const HOSTS = 8; // one tap away; anybody else by name

/** The seller offers the piece to a host; a host asks the seller for it. */
export function CurationBox({ listing }: { listing: Listing }) {
  const [open, setOpen] = useState(false);
  if (!me.value || listing.withdrawn || listing.state === "sold") return null;
  const label = listing.mine ? t("Share to a host") : t("Ask to feature it");
  return (
    <>
      <Button kind="plain" onClick={() => setOpen(true)} data-testid="curation-open">
        {label}
      </Button>
      {open && (listing.mine ? <ShareSheet listing={listing} onClose={() => setOpen(false)} /> : <AskSheet listing={listing} onClose={() => setOpen(false)} />)}
    </>
  );
}

function ShareSheet({ listing, onClose }: { listing: Listing; onClose: () => void }) {
  const [host, setHost] = useState("");
  const [note, setNote] = useState("");
  const send = useSending(onClose);
  const { value: found } = useLoad("shows ahead", () => showsAhead());
  const others = (found ?? []).filter((show) => show.host.id !== me.value?.id).slice(0, HOSTS);
  return (
    <Sheet open onClose={onClose} title={t("Share to a host")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const handle = host.trim().replace(/^@/, "");
          void send.run(() => commerce.share(listing.listing_id, { host: handle, note }), t("@{handle} has your piece now and will answer.", { handle }));
        }}
      >
        <p class="quiet">{t("The host sees your piece and may put it into a show. What sells there is yours, shipped by you.")}</p>
        {others.length > 0 && (
          <div class="row" role="group" aria-label={t("Hosts with shows")}>
            {[...new Set(others.map((show) => show.host.handle))].map((handle) => (
              <Button key={handle} kind="plain" aria-pressed={host === handle} onClick={() => setHost(handle)}>
                @{handle}
              </Button>
            ))}
          </div>
        )}
        <Field label={t("Host")} autocomplete="off" value={host} onValue={setHost} data-testid="share-host" />
        <TextArea label={t("A word to the host")} optional maxLength={500} value={note} onValue={setNote} />
        <FormProblem>{send.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={send.busy} disabled={host.trim() === ""} data-testid="share-send">
          {t("Send")}
        </Button>
      </form>
    </Sheet>
  );
}

function AskSheet({ listing, onClose }: { listing: Listing; onClose: () => void }) {
  const [show, setShow] = useState("");
  const [note, setNote] = useState("");
  const send = useSending(onClose);
  return (
    <Sheet open onClose={onClose} title={t("Ask to feature it")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const body = show ? { note, show_id: show } : { note };
          void send.run(() => commerce.ask(listing.listing_id, body), t("{name} is asked.", { name: listing.seller.name }));
        }}
      >
        <p class="quiet">{t("{name} decides whether this piece may be in your show.", { name: listing.seller.name })}</p>
        <ShowChoice value={show} onValue={setShow} />
        <TextArea label={t("A word to the seller")} optional maxLength={500} value={note} onValue={setNote} />
        <FormProblem>{send.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={send.busy} data-testid="ask-send">
          {t("Ask")}
        </Button>
      </form>
    </Sheet>
  );
}

function useSending(onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (act: () => Promise<unknown>, thanks: string): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await act();
      toast(thanks, "good");
      onDone();
    } catch (error) {
      setProblem(sentence(error));
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
