import { Header } from "./components/Header";
import { Toasts } from "./components/Toasts";
import { place } from "./navigation";
import { Router } from "./router";
import { BARE, match } from "./routes";
import { t } from "./i18n";

export function App() {
  const bare = BARE.has(match(place.value.path).page);
  return (
    <>
      <a class="skip-link" href="#main">
        {t("Skip to content")}
      </a>
      {!bare && <Header />}
      <main id="main" class={bare ? "main main--bare" : "main"} tabIndex={-1}>
        <Router />
      </main>
      <Toasts />
    </>
  );
}
