import { ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { useTitle } from "../../title";

export default function Missing() {
  useTitle("Nothing here");
  return (
    <div class="page">
      <EmptyState title="There is nothing at this address" action={<ButtonLink href="/">See who is live</ButtonLink>}>
        The link may be old, or a letter got lost on the way.
      </EmptyState>
    </div>
  );
}
