import { useState } from "preact/hooks";
import { commerce, type CurationRequest, type FeaturingShow } from "../../api/commerce";
import { Button } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { FormProblem, TextArea } from "../../components/Field";
import { ListingPhoto } from "../../components/ListingCard";
import { useMore } from "../../components/More";
import { Sheet } from "../../components/Sheet";
import { ShowChoice } from "../../components/ShowChoice";
import { Skeleton } from "../../components/Skeleton";
import { mark, t } from "../../i18n";
import { useLoad } from "../../state/load";
import { dayAndTime, money, showMoment } from "../../words";
import { useAct } from "../orders/BuyersPart";

const STATES: Record<CurationRequest["state"], string> = {
  open: mark("Waits for an answer"),
  accepted: mark("Accepted"),
  declined: mark("Declined"),
  withdrawn: mark("Withdrawn"),
};

/** Who asked whom, and which shows of others had one's pieces. */
export function Features() {
  const asked = useLoad("requests", commerce.requests);
  const first = useLoad("features", () => commerce.features());
  const { items, button } = useMore(first.value, (after) => commerce.features(after));
  if (!asked.value || !first.value) {
    const problem = asked.problem ?? first.problem;
    return problem ? <Problem text={problem} onRetry={() => { asked.reload(); first.reload(); }} /> : <Skeleton height="200px" />;
  }
  return (
    <div class="stack">
      {asked.value.items.length > 0 && (
        <section class="stack" aria-labelledby="requests">
          <h2 id="requests">{t("Requests")}</h2>
          <ul class="stack stack--tight">
            {asked.value.items.map((request) => (
              <li key={request.request_id}>
                <Request request={request} onChange={asked.reload} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="stack" aria-labelledby="featured-in">
        <h2 id="featured-in">{t("Shows with your pieces")}</h2>
        {items.length === 0 ? (
          <EmptyState title={t("No other host has shown your pieces yet")}>
            {t("Open one of your pieces and share it to a host: it can sell in a show without you being on air.")}
          </EmptyState>
        ) : (
          <ul class="stack stack--tight">
            {items.map((show) => (
              <li key={show.show_id}>
                <FeaturedIn show={show} onChange={first.reload} />
              </li>
            ))}
          </ul>
        )}
        {button}
      </section>
    </div>
  );
}

function Request({ request, onChange }: { request: CurationRequest; onChange: () => void }) {
  const act = useAct(onChange);
  const offered = !request.mine && request.by === "seller";
  const other = request.mine === (request.by === "seller") ? request.host : request.seller;
  const [show, setShow] = useState(request.show?.show_id ?? "");
  const answer = (state: "accepted" | "declined" | "withdrawn", thanks: string) =>
    void act.run(() => commerce.answer(request.request_id, state === "accepted" && show && offered ? { state, show_id: show } : { state }), thanks);
  return (
    <article class="panel stack stack--tight" data-testid="request">
      <div class="request">
        <ListingPhoto photo={request.listing.photo} alt="" />
        <div>
          <a href={`/listing/${encodeURIComponent(request.listing.listing_id)}`} dir="auto">
            {request.listing.title}
          </a>
          <p class="small quiet">
            {request.mine
              ? request.by === "seller"
                ? t("You offered it to {name}.", { name: other.name })
                : t("You asked {name}.", { name: other.name })
              : offered
                ? t("{name} offers it for your show.", { name: other.name })
                : t("{name} would like to feature it.", { name: other.name })}
            {request.show && <> · <span dir="auto">{request.show.title}</span></>}
          </p>
        </div>
        <span class="small">{t(STATES[request.state])}</span>
      </div>
      {request.note && <p dir="auto">{request.note}</p>}
      {request.state === "open" && offered && <ShowChoice value={show} onValue={setShow} />}
      {request.state === "open" && (
        <div class="row">
          {request.mine ? (
            <Button kind="quiet" busy={act.busy} onClick={() => answer("withdrawn", t("Taken back."))}>
              {t("Take it back")}
            </Button>
          ) : (
            <>
              <Button busy={act.busy} onClick={() => answer("accepted", t("Accepted."))} data-testid="request-accept">
                {t("Accept")}
              </Button>
              <Button kind="plain" busy={act.busy} onClick={() => answer("declined", t("Declined."))}>
                {t("Decline")}
              </Button>
            </>
          )}
        </div>
      )}
      <FormProblem>{act.problem}</FormProblem>
    </article>
  );
}

function FeaturedIn({ show, onChange }: { show: FeaturingShow; onChange: () => void }) {
  const [thanking, setThanking] = useState(false);
  const [text, setText] = useState(show.thanks ?? "");
  const act = useAct(onChange);
  return (
    <article class="panel stack stack--tight" data-testid="featured-in">
      <div class="row row--apart">
        <a href={`/show/${encodeURIComponent(show.show_id)}`} dir="auto">
          <strong>{show.title}</strong>
        </a>
        <span class="small quiet">{dayAndTime(show.starts_at)}</span>
      </div>
      <p class="small">
        {t("{name} had {count, plural, one {# piece} other {# pieces}} of yours; {claims, plural, one {# was} other {# were}} put on hold.", {
          name: show.host.name,
          count: show.pieces.length,
          claims: show.claims,
        })}
      </p>
      {show.brought.map((part) => (
        <p key={part.currency}>
          {t("{count, plural, one {# sold} other {# sold}} for {price}, of that {credit} for the host", {
            count: part.sold,
            price: money(part.revenue, part.currency),
            credit: money(part.credit, part.currency),
          })}
        </p>
      ))}
      <ul class="small featured-pieces">
        {show.pieces.map((piece) => (
          <li key={piece.listing_id} class="row row--apart">
            <a href={`/listing/${encodeURIComponent(piece.listing_id)}`} dir="auto">
              {piece.title}
            </a>
            <Moment show={show.show_id} piece={piece} />
          </li>
        ))}
      </ul>
      <Button kind="plain" onClick={() => setThanking(true)} data-testid="thank-host">
        {show.thanks === null ? t("Thank {name} in public", { name: show.host.name }) : t("You thanked {name}", { name: show.host.name })}
      </Button>
      {thanking && (
        <Sheet open onClose={() => setThanking(false)} title={t("Thank {name} in public", { name: show.host.name })}>
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void act
                .run(() => commerce.thankHost(show.show_id, text), t("{name} is thanked.", { name: show.host.name }))
                .then((ok) => ok && setThanking(false));
            }}
          >
            <TextArea label={t("Your words")} optional maxLength={500} value={text} onValue={setText} hint={t("Everybody can read them on the closet of {name}.", { name: show.host.name })} />
            <FormProblem>{act.problem}</FormProblem>
            <Button type="submit" size="l" wide busy={act.busy} data-testid="thank-send">
              {t("Send")}
            </Button>
          </form>
        </Sheet>
      )}
    </article>
  );
}

/** Where a piece is in a show: what sold it, or else what showed it. */
function Moment({ show, piece }: { show: string; piece: FeaturingShow["pieces"][number] }) {
  const at = piece.sold_at ?? piece.shown_at;
  if (at === null) return <span class="quiet">{t("Not shown")}</span>;
  const time = showMoment(at);
  return <a href={`/show/${encodeURIComponent(show)}?at=${at}`}>{piece.sold_at === null ? t("Shown at {time}", { time }) : t("Sold at {time}", { time })}</a>;
}
